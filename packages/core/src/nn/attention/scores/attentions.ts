import type { Backend } from '../../../backend/backend.ts';
import { type OptionNames, requireOptions } from '../../../options.ts';
import { checkSizes } from '../../torch/float-array.ts';
import type { StateDict } from '../../torch/state-dict.ts';
import type { ScoreSizes } from './load-score.ts';
import { ScoreAttention } from './score-attention.ts';

/** Sizes of {@link GeneralAttention}. */
export interface GeneralAttentionOptions {
  /** Features of queries. */
  readonly queryDim: number;
  /** Features of keys. Default `queryDim`. */
  readonly keyDim?: number;
  /** Default false. */
  readonly bias?: boolean;
}

/** Sizes of {@link AdditiveAttention} and {@link ConcatAttention}. */
export interface AdditiveAttentionOptions extends GeneralAttentionOptions {
  /** Units of the hidden layer. Default `queryDim`. */
  readonly hiddenDim?: number;
  /** Default true. */
  readonly bias?: boolean;
}

const OPTIONS = {
  queryDim: 'count',
  keyDim: 'count',
  bias: 'boolean',
} satisfies OptionNames<GeneralAttentionOptions>;

/** The sizes of a layer: one with a hidden layer has biases by default. */
function sizesOf(layer: string, options: AdditiveAttentionOptions, hasHidden: boolean): ScoreSizes {
  requireOptions(layer, options, OPTIONS, hasHidden ? { hiddenDim: 'count' } : {});
  const { queryDim, keyDim = queryDim, hiddenDim = queryDim, bias = hasHidden } = options;
  checkSizes(layer, { queryDim, keyDim, hiddenDim });
  return { queryDim, keyDim, hiddenDim, bias };
}

/**
 * Additive attention (Bahdanau et al. 2015, https://arxiv.org/abs/1409.0473): e = vᵀ tanh(W query + U key), with the layers that PyTorch's translation tutorial calls
 * `Wa`, `Ua` and `Va` (`.weight`, and `.bias` unless `bias` is false).
 *
 * ```ts
 * const attention = await AdditiveAttention.load(backend, stateDict, { queryDim: 256, keyDim: 512 });
 * const { context, weights } = attention.forward(decoderState, encoderStates, { needWeights: true });
 * ```
 */
export class AdditiveAttention extends ScoreAttention {
  constructor(options: AdditiveAttentionOptions) {
    super('AdditiveAttention', 'additive', sizesOf('AdditiveAttention', options, true));
  }

  static load(
    backend: Backend,
    stateDict: StateDict,
    options: AdditiveAttentionOptions,
  ): Promise<AdditiveAttention> {
    return ScoreAttention.loadInto(new AdditiveAttention(options), backend, stateDict);
  }
}

/** "Concat" of Luong et al. 2015 (https://arxiv.org/abs/1508.04025): e = vᵀ tanh(W [query; key]), with `W.weight` `[hiddenDim, queryDim + keyDim]` and `v.weight`. */
export class ConcatAttention extends ScoreAttention {
  constructor(options: AdditiveAttentionOptions) {
    super('ConcatAttention', 'concat', sizesOf('ConcatAttention', options, true));
  }

  static load(
    backend: Backend,
    stateDict: StateDict,
    options: AdditiveAttentionOptions,
  ): Promise<ConcatAttention> {
    return ScoreAttention.loadInto(new ConcatAttention(options), backend, stateDict);
  }
}

/** "General" of Luong et al. 2015 (https://arxiv.org/abs/1508.04025): e = queryᵀ W key, with `W.weight` `[queryDim, keyDim]`. */
export class GeneralAttention extends ScoreAttention {
  constructor(options: GeneralAttentionOptions) {
    super('GeneralAttention', 'general', sizesOf('GeneralAttention', options, false));
  }

  static load(
    backend: Backend,
    stateDict: StateDict,
    options: GeneralAttentionOptions,
  ): Promise<GeneralAttention> {
    return ScoreAttention.loadInto(new GeneralAttention(options), backend, stateDict);
  }
}
