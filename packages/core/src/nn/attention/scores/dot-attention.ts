import type { Backend } from '../../../backend/backend.ts';
import { WeightLoader } from '../../load/weight-loader.ts';
import { checkpointOf } from '../../torch/state-dict.ts';
import { DotScore } from './dot-score.ts';
import { ScoreAttention } from './score-attention.ts';

/** Luong et al. 2015, "dot": e = queryᵀ key. Nothing is learned; query and keys have as many features. */
export class DotAttention extends ScoreAttention {
  constructor(backend: Backend) {
    super('DotAttention', new WeightLoader(checkpointOf({}), backend), new DotScore(1));
  }
}

/** Scaled dot-product attention (Vaswani et al. 2017, §3.2.1): e = queryᵀ key / √features. Nothing is learned. */
export class ScaledDotProductAttention extends ScoreAttention {
  constructor(backend: Backend) {
    super('ScaledDotProductAttention', new WeightLoader(checkpointOf({}), backend), new DotScore(undefined));
  }
}
