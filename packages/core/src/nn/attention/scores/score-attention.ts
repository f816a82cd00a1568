import { ShapeError } from '../../../errors.ts';
import type { WeightLoader } from '../../load/weight-loader.ts';
import { type FloatArray, sequencesOf, toRows } from '../../torch/float-array.ts';
import { type ForwardOptions, Layer } from '../../torch/layer.ts';
import { type Mask, maskBias } from '../mask.ts';
import type { AttentionScore } from './score.ts';

/** What one call may be told. */
export interface ScoreAttentionCall extends ForwardOptions {
  /** Values to mix, `[batch, keys, valueDim]`, where they are not the keys themselves. */
  readonly values?: FloatArray;
  /** Padding and other keys that no query may see: `[batch, keys]`. */
  readonly keyPaddingMask?: Mask;
  /** Give back the alignment too. Default false. */
  readonly needWeights?: boolean;
}

export interface ScoreAttentionResult {
  /** Σ weights · value for each query: `[batch, queries, valueDim]`. */
  readonly context: FloatArray;
  /** How much each query takes of each key, `[batch, queries, keys]`, if asked for. Rows sum to 1. */
  readonly weights?: FloatArray;
}

/** What the attentions of recurrent models have in common: one head, and keys that are their own values. */
export abstract class ScoreAttention extends Layer {
  readonly #layer: string;
  readonly #score: AttentionScore;

  protected constructor(layer: string, loader: WeightLoader, score: AttentionScore) {
    super(loader);
    this.#layer = layer;
    this.#score = score;
  }

  /** `query[batch, queries, queryDim]` and `keys[batch, keys, keyDim]` → the context of each query. */
  forward(query: FloatArray, keys: FloatArray, call: ScoreAttentionCall = {}): ScoreAttentionResult {
    const layer = this.#layer;
    const { values = keys, keyPaddingMask, needWeights = false } = call;
    const asking = sequencesOf(layer, 'query', query);
    const asked = sequencesOf(layer, 'keys', keys);
    const given = sequencesOf(layer, 'values', values);
    if (asked.batch !== asking.batch || given.batch !== asked.batch || given.length !== asked.length) {
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
    const sizes = { batch: asking.batch, heads: 1, queries: asking.length, keys: asked.length };
    const score = this.#score;
    const { result, recorded } = this.run(
      asking.offsets,
      call,
      function* (run) {
        const { backend } = run;
        const bias = maskBias(backend, layer, keyPaddingMask ? { keyPaddingMask } : {}, sizes);
        const rows = toRows(backend, keys);
        const options = { queryOffsets: asking.offsets, keyOffsets: asked.offsets, ...(bias && { bias }) };
        const [q, k] = [toRows(backend, query), score.prepare(backend, rows)];
        const v = values === keys ? rows : toRows(backend, values);
        return backend.read(yield* score.attend(run, 'attention', q, k, v, options));
      },
      needWeights ? ['attention.weights'] : [],
    );
    const weights = recorded.get('attention.weights');
    return {
      context: { data: result, shape: [sizes.batch, sizes.queries, given.features] },
      ...(weights && { weights: { data: weights.data, shape: [sizes.batch, sizes.queries, sizes.keys] } }),
    };
  }
}
