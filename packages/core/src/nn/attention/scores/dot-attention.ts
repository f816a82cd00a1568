import type { Backend } from '../../../backend/backend.ts';
import { DotScore } from './dot-score.ts';
import { ScoreAttention } from './score-attention.ts';

/** A score without weights takes its sizes from the inputs. */
const NO_SIZES = { queryDim: 0, keyDim: 0, hiddenDim: 0, bias: false };

/** "Dot" of Luong et al. 2015 (https://arxiv.org/abs/1508.04025): e = queryᵀ key, without weights. Query and keys have equal features. */
export class DotAttention extends ScoreAttention {
  /** @param backend for use by itself. As part of another module it has the backend of that */
  constructor(backend?: Backend) {
    super('DotAttention', 'dot', NO_SIZES, new DotScore(1));
    if (backend) this.placeWithoutWeights(backend);
  }
}

/** Scaled dot-product attention (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762, §3.2.1): e = queryᵀ key / √features, without weights. */
export class ScaledDotProductAttention extends ScoreAttention {
  /** @param backend for use by itself. As part of another module it has the backend of that */
  constructor(backend?: Backend) {
    super('ScaledDotProductAttention', 'scaledDot', NO_SIZES, new DotScore(undefined));
    if (backend) this.placeWithoutWeights(backend);
  }
}
