import type { Backend } from '../../../backend/backend.ts';
import { WeightLoader } from '../../load/weight-loader.ts';
import { checkpointOf } from '../../torch/state-dict.ts';
import { DotScore } from './dot-score.ts';
import { ScoreAttention } from './score-attention.ts';

/** "Dot" of Luong et al. 2015 (https://arxiv.org/abs/1508.04025): e = queryᵀ key, without weights. Query and keys have equal features. */
export class DotAttention extends ScoreAttention {
  constructor(backend: Backend) {
    super('DotAttention', new WeightLoader(checkpointOf({}), backend), new DotScore(1));
  }
}

/** Scaled dot-product attention (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762, §3.2.1): e = queryᵀ key / √features, without weights. */
export class ScaledDotProductAttention extends ScoreAttention {
  constructor(backend: Backend) {
    super('ScaledDotProductAttention', new WeightLoader(checkpointOf({}), backend), new DotScore(undefined));
  }
}
