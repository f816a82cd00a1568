import type { Tensor } from '../../../backend/backend.ts';
import { ShapeError } from '../../../errors.ts';
import { checkOptions, type OptionNames } from '../../../options.ts';
import type { WeightLoader } from '../../load/weight-loader.ts';
import { type FloatArray, sequencesOf, toRows } from '../../torch/float-array.ts';
import type { WeightSpecs } from '../../torch/init.ts';
import { type ForwardOptions, Layer } from '../../torch/layer.ts';
import { type Mask, maskBias } from '../mask.ts';
import { loadScore, type ScoreName, type ScoreSizes, scoreSpecs } from './load-score.ts';
import type { AttentionScore } from './score.ts';

/** Options of one call. `A` is the type of the inputs: plain arrays or tensors. */
export interface ScoreAttentionCall<A = FloatArray> extends ForwardOptions {
  /** `[batch, keys, valueDim]`. Default: the keys. */
  readonly values?: A;
  /** Keys excluded for all queries of a sequence, such as padding: `[batch, keys]`. */
  readonly keyPaddingMask?: Mask;
  /** Return the attention weights (the alignment). Default false. */
  readonly needWeights?: boolean;
}

const CALL_OPTIONS = {
  hooks: 'object',
  values: 'object',
  keyPaddingMask: 'object',
  needWeights: 'boolean',
} satisfies OptionNames<ScoreAttentionCall>;

/** The result, of the type of the inputs. */
export interface ScoreAttentionResult<A = FloatArray> {
  /** Σ weight · value: `[batch, queries, valueDim]`. */
  readonly context: A;
  /** `[batch, queries, keys]`, with `needWeights`. Rows sum to 1. Values, which have no gradient. */
  readonly weights?: FloatArray;
}

/** Single-head attention with a score of its own, as in recurrent models. */
export abstract class ScoreAttention extends Layer {
  readonly #layer: string;
  readonly #name: ScoreName;
  readonly #sizes: ScoreSizes;
  #score: AttentionScore | undefined;

  /** @param score of a score without weights */
  constructor(layer: string, name: ScoreName, sizes: ScoreSizes, score?: AttentionScore) {
    super(layer);
    this.#score = score;
    this.#layer = layer;
    this.#name = name;
    this.#sizes = sizes;
  }

  protected override weightSpecs(): WeightSpecs {
    return scoreSpecs(this.#name, this.#sizes);
  }

  protected override async createWeights(loader: WeightLoader): Promise<void> {
    this.#score = await loadScore(loader, '', this.#name, this.#sizes);
  }

  /** `query[batch, queries, queryDim]` and `keys[batch, keys, keyDim]` → the context of each query. Throws `ShapeError` for inconsistent shapes. */
  forward(query: FloatArray, keys: FloatArray, call?: ScoreAttentionCall): ScoreAttentionResult;
  forward(query: Tensor, keys: Tensor, call?: ScoreAttentionCall<Tensor>): ScoreAttentionResult<Tensor>;
  forward(
    query: FloatArray | Tensor,
    keys: FloatArray | Tensor,
    call: ScoreAttentionCall<FloatArray | Tensor> = {},
  ): ScoreAttentionResult<FloatArray & Tensor> {
    const layer = this.#layer;
    checkOptions(`${layer}.forward`, call, CALL_OPTIONS);
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
    const score = this.#score!;
    const { result, recorded } = this.runOn(
      query,
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
        const context = yield* score.attend(ctx, 'attention', q, k, v, options);
        return backend.reshape(context, [sizes.batch, sizes.queries, valueSizes.features]);
      },
      needWeights ? ['attention.weights'] : [],
    );
    const weights = recorded.get('attention.weights');
    return {
      context: result,
      ...(weights && { weights: { data: weights.data, shape: [sizes.batch, sizes.queries, sizes.keys] } }),
    };
  }
}
