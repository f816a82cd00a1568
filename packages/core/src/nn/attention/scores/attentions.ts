import type { Backend } from '../../../backend/backend.ts';
import type { WeightLoader } from '../../load/weight-loader.ts';
import { checkSizes } from '../../torch/float-array.ts';
import { loadLayer } from '../../torch/layer.ts';
import type { StateDict } from '../../torch/state-dict.ts';
import { loadScore, type ScoreName, type ScoreSizes } from './load-score.ts';
import type { AttentionScore } from './score.ts';
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

function sizesOf(layer: string, options: AdditiveAttentionOptions, biasByDefault: boolean): ScoreSizes {
  const { queryDim, keyDim = queryDim, hiddenDim = queryDim, bias = biasByDefault } = options;
  checkSizes(layer, { queryDim, keyDim, hiddenDim });
  return { queryDim, keyDim, hiddenDim, bias };
}

/** Loads the weights of a score and creates its layer. */
function load<L>(
  layer: string,
  name: ScoreName,
  backend: Backend,
  stateDict: StateDict,
  sizes: ScoreSizes,
  make: (loader: WeightLoader, score: AttentionScore) => L,
): Promise<L> {
  return loadLayer(layer, backend, stateDict, async (loader) =>
    make(loader, await loadScore(loader, '', name, sizes)),
  );
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
  static load(
    backend: Backend,
    stateDict: StateDict,
    options: AdditiveAttentionOptions,
  ): Promise<AdditiveAttention> {
    const sizes = sizesOf('AdditiveAttention', options, true);
    return load('AdditiveAttention', 'additive', backend, stateDict, sizes, (loader, score) => {
      return new AdditiveAttention('AdditiveAttention', loader, score);
    });
  }
}

/** "Concat" of Luong et al. 2015 (https://arxiv.org/abs/1508.04025): e = vᵀ tanh(W [query; key]), with `W.weight` `[hiddenDim, queryDim + keyDim]` and `v.weight`. */
export class ConcatAttention extends ScoreAttention {
  static load(
    backend: Backend,
    stateDict: StateDict,
    options: AdditiveAttentionOptions,
  ): Promise<ConcatAttention> {
    const sizes = sizesOf('ConcatAttention', options, true);
    return load('ConcatAttention', 'concat', backend, stateDict, sizes, (loader, score) => {
      return new ConcatAttention('ConcatAttention', loader, score);
    });
  }
}

/** "General" of Luong et al. 2015 (https://arxiv.org/abs/1508.04025): e = queryᵀ W key, with `W.weight` `[queryDim, keyDim]`. */
export class GeneralAttention extends ScoreAttention {
  static load(
    backend: Backend,
    stateDict: StateDict,
    options: GeneralAttentionOptions,
  ): Promise<GeneralAttention> {
    const sizes = sizesOf('GeneralAttention', options, false);
    return load('GeneralAttention', 'general', backend, stateDict, sizes, (loader, score) => {
      return new GeneralAttention('GeneralAttention', loader, score);
    });
  }
}
