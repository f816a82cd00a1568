import { ShapeError } from '../../../errors.ts';
import type { WeightLoader } from '../../load/weight-loader.ts';
import { type FloatArray, sequencesOf, toRows } from '../../torch/float-array.ts';
import { type ForwardOptions, Layer } from '../../torch/layer.ts';
import { type Mask, maskBias } from '../mask.ts';
import type { AttentionScore } from './score.ts';

/** Options of one call. */
export interface ScoreAttentionCall extends ForwardOptions {
  /** `[batch, keys, valueDim]`. Default: the keys. */
  readonly values?: FloatArray;
  /** Keys excluded for all queries of a sequence, such as padding: `[batch, keys]`. */
  readonly keyPaddingMask?: Mask;
  /** Return the attention weights (the alignment). Default false. */
  readonly needWeights?: boolean;
}

export interface ScoreAttentionResult {
  /** Σ weight · value: `[batch, queries, valueDim]`. */
  readonly context: FloatArray;
  /** `[batch, queries, keys]`, with `needWeights`. Rows sum to 1. */
  readonly weights?: FloatArray;
}

/** Single-head attention with a score of its own, as in recurrent models. */
export abstract class ScoreAttention extends Layer {
  readonly #layer: string;
  readonly #score: AttentionScore;

  protected constructor(layer: string, loader: WeightLoader, score: AttentionScore) {
    super(loader);
    this.#layer = layer;
    this.#score = score;
  }

  /** `query[batch, queries, queryDim]` and `keys[batch, keys, keyDim]` → the context of each query. Throws `ShapeError` for inconsistent shapes. */
  forward(query: FloatArray, keys: FloatArray, call: ScoreAttentionCall = {}): ScoreAttentionResult {
    const layer = this.#layer;
    const { values = keys, keyPaddingMask, needWeights = false } = call;
    const querySizes = sequencesOf(layer, 'query', query);
    const keySizes = sequencesOf(layer, 'keys', keys);
    const valueSizes = sequencesOf(layer, 'values', values);
    if (
      keySizes.batch !== querySizes.batch ||
      valueSizes.batch !== keySizes.batch ||
      valueSizes.length !== keySizes.length
    ) {
      throw new ShapeError(
        `${layer}: query, keys and values must agree in batch, and keys and values in length, got ${[
          query,
          keys,
          values,
        ]
          .map(({ shape }) => `[${shape.join(', ')}]`)
          .join(', ')}`,
      );
    }
    const sizes = { batch: querySizes.batch, heads: 1, queries: querySizes.length, keys: keySizes.length };
    const score = this.#score;
    const { result, recorded } = this.run(
      querySizes.offsets,
      call,
      function* (ctx) {
        const { backend } = ctx;
        const bias = maskBias(backend, layer, keyPaddingMask ? { keyPaddingMask } : {}, sizes);
        const rows = toRows(backend, keys);
        const options = {
          queryOffsets: querySizes.offsets,
          keyOffsets: keySizes.offsets,
          ...(bias && { bias }),
        };
        const [q, k] = [toRows(backend, query), score.prepare(backend, rows)];
        const v = values === keys ? rows : toRows(backend, values);
        return backend.read(yield* score.attend(ctx, 'attention', q, k, v, options));
      },
      needWeights ? ['attention.weights'] : [],
    );
    const weights = recorded.get('attention.weights');
    return {
      context: { data: result, shape: [sizes.batch, sizes.queries, valueSizes.features] },
      ...(weights && { weights: { data: weights.data, shape: [sizes.batch, sizes.queries, sizes.keys] } }),
    };
  }
}
