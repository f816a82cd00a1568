import type { AttentionOptions, Backend, LinearWeights, Offsets, Tensor } from '../../backend/backend.ts';
import type { HeadNorm } from '../modules/head-norms.ts';
import type { RotaryEmbedding } from '../positions/rotary.ts';
import type { Steps } from '../run/forward.ts';
import {
  addToResidual,
  type ForwardContext,
  observe,
  positionsOf,
  type SelectedRows,
  selectRows,
  sumOverShards,
} from '../run/forward.ts';
import { type IndexRange, type Shard, shardRange } from '../run/shard.ts';
import { attend, attendFromScores, keyValueHeadsOf, observeHeads, type ShardHeads } from './attend.ts';
import { observeHeadOutputs } from './head-outputs.ts';
import { appendKeyValues, type PastKeyValues } from './past-key-values.ts';

/** Inputs of one attention. Tensors are `[tokens, features]`. */
export interface AttentionInputs {
  readonly query: Tensor;
  /** Default: the query (self-attention). */
  readonly key?: Tensor;
  /** Default: the key. */
  readonly value?: Tensor;
  /** Offsets of the sequences of key and value. Default: those of the query. */
  readonly keyOffsets?: Offsets;
  /** See `AttentionOptions.causal`. */
  readonly causal?: boolean;
  /** See `AttentionOptions.queryStarts`. */
  readonly queryStarts?: Int32Array;
  /** See `AttentionOptions.bias`. */
  readonly bias?: Tensor;
  /** The key-value cache of this layer. Query, key and value are then those of the new tokens, which are appended to it. */
  readonly past?: PastKeyValues;
  /** Queries to compute the output of. Default: all. Keys and values are computed of all rows. */
  readonly queryRows?: SelectedRows;
  /** The residual stream, added to the output: of the rows in `queryRows`. */
  readonly residual?: Tensor;
}

/** The part of {@link AttentionInputs} that a block passes on to its self-attention. */
export type SelfAttentionInputs = Pick<
  AttentionInputs,
  'causal' | 'queryStarts' | 'bias' | 'past' | 'queryRows'
>;

/** Inputs of an attention to cached keys and values; see {@link MultiHead.crossAttend}. */
export interface CrossAttendInputs extends Pick<AttentionInputs, 'query' | 'bias' | 'residual'> {
  /** Of its location only `ranges` is used: the rows that each sequence attends to. */
  readonly past: PastKeyValues;
}

/** Variants of attention. */
export interface MultiHeadOptions {
  /** Rotary position embedding of queries and keys. */
  readonly rotary?: RotaryEmbedding;
  /** Factor on the scores. Default 1/√headDim. */
  readonly scale?: number;
  /** Bound of the scores; see `AttentionOptions.softCap`. Default: none. */
  readonly softCap?: number;
  /** Sliding window; see `AttentionOptions.window`. Default: all keys. */
  readonly window?: AttentionOptions['window'];
  /** Adds keys and values to those of each sequence, in attention without a cache. Masks have to be in the bias then. */
  readonly extend?: (backend: Backend, keys: Tensor, values: Tensor, offsets: Offsets) => ExtendedKeys;
  /** Norms of each head of queries and of keys, before the rotary embedding (Dehghani et al. 2023; Qwen3). */
  readonly queryNorm?: HeadNorm;
  readonly keyNorm?: HeadNorm;
  /** Biases of the scores that depend on queries and keys, in self-attention without a cache (He et al. 2021; DeBERTa). */
  readonly positionScores?: PositionScores;
}

/** Scores of queries and keys with the embeddings of their distances, of the heads of one shard. */
export interface PositionScores {
  /** `queries` and `keys` `[tokens, heads · headDim]` → `[batch, heads, queries, keys]`, where both are the length of the longest sequence. */
  forward(backend: Backend, queries: Tensor, keys: Tensor, offsets: Offsets): Tensor;
}

/** Keys and values of other sequences than were projected. */
export interface ExtendedKeys {
  readonly keys: Tensor;
  readonly values: Tensor;
  readonly offsets: Offsets;
}

/** The heads of one shard. */
export interface HeadShard {
  readonly heads: ShardHeads;
  /** Query heads per key-value head. */
  readonly group: number;
  /** Rows of the query projection, and columns of the output projection, of the shard's heads. */
  readonly queryFeatures: IndexRange;
  /** Rows of the key and value projections. */
  readonly keyFeatures: IndexRange;
  /** Whether queries and keys of all heads are projected, and those of the shard taken after the norms: the norms are of all heads together. */
  readonly projectsAllHeads?: boolean;
}

/** The heads of a shard: whole key-value heads, each with all its query heads. */
export function shardHeads(heads: number, keyValueHeads: number, headDim: number, shard: Shard): HeadShard {
  const { from, to } = shardRange(keyValueHeads, shard);
  const group = heads / keyValueHeads;
  return {
    heads: { from: from * group, to: to * group, of: heads },
    group,
    queryFeatures: { from: from * group * headDim, to: to * group * headDim },
    keyFeatures: { from: from * headDim, to: to * headDim },
  };
}

/**
 * Multi-head attention (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762, §3.2.2), self or cross. Fewer key-value heads than query heads
 * are grouped-query attention (Ainslie et al. 2023, https://arxiv.org/abs/2305.13245); one is multi-query (Shazeer 2019). A shard has the
 * projections of its heads and the matching columns of the output projection.
 */
export class MultiHead<P extends Projections = Projections> {
  readonly #name: string;
  readonly #shard: HeadShard;
  /** Absent in a shard without heads. */
  readonly #weights: { projections: P; output: LinearWeights } | undefined;
  readonly #options: MultiHeadOptions;
  /** The options of the backend's attention that do not depend on the call. */
  readonly #fixed: Pick<AttentionOptions, 'heads' | 'scale' | 'window' | 'softCap'> & {
    keyValueHeads: number;
  };

  constructor(
    name: string,
    shard: HeadShard,
    weights: { projections: P; output: LinearWeights } | undefined,
    options: MultiHeadOptions = {},
  ) {
    this.#name = name;
    this.#shard = shard;
    this.#weights = weights;
    this.#options = options;
    const heads = shard.heads.to - shard.heads.from;
    const { scale, window, softCap } = options;
    this.#fixed = {
      heads,
      keyValueHeads: heads / shard.group,
      ...(scale !== undefined && { scale }),
      ...(window !== undefined && { window }),
      ...(softCap !== undefined && { softCap }),
    };
  }

  /** The same weights under another name of its activations. */
  named(name: string): MultiHead<P> {
    return new MultiHead(name, this.#shard, this.#weights, this.#options);
  }

  /** output(softmax(QKᵀ · scale + bias) V) + residual: `[queries, hiddenSize]` → the same. */
  *forward(ctx: ForwardContext, inputs: AttentionInputs): Steps<Tensor> {
    const context = this.#weights && (yield* this.#attend(ctx, this.#weights.projections, inputs));
    const { query, queryRows, residual } = inputs;
    const like = residual ?? (queryRows ? selectRows(ctx.backend, query, queryRows.rows) : query);
    return yield* this.#output(ctx, like, context, residual);
  }

  /**
   * Projects keys and values of `states[tokens, hiddenSize]`, with the sequences of `ctx.offsets`, and stores them in `past` for
   * {@link crossAttend}.
   */
  *cacheKeyValues(
    this: MultiHead<SeparateProjections>,
    ctx: ForwardContext,
    states: Tensor,
    past: PastKeyValues,
  ): Steps<void> {
    if (!this.#weights) return;
    const { backend } = ctx;
    const [projected, values] = this.#weights.projections.keysValues(backend, states, states);
    const keys = normalizeHeads(backend, projected, this.#fixed.keyValueHeads, this.#options.keyNorm);
    const keyValueHeads = keyValueHeadsOf(this.#fixed, this.#shard.heads);
    appendKeyValues(
      backend,
      ctx.offsets,
      past,
      ctx.watches ? yield* observeHeads(ctx, this.#name, 'keys', keys, keyValueHeads) : keys,
      ctx.watches ? yield* observeHeads(ctx, this.#name, 'values', values, keyValueHeads) : values,
    );
  }

  /** Attention to the keys and values stored by {@link cacheKeyValues}: `[queries, hiddenSize]` → the same. */
  *crossAttend(
    this: MultiHead<SeparateProjections>,
    ctx: ForwardContext,
    inputs: CrossAttendInputs,
  ): Steps<Tensor> {
    const { query, past, bias, residual } = inputs;
    let context: Tensor | undefined;
    if (this.#weights) {
      const { backend, offsets } = ctx;
      const { heads } = this.#shard;
      const projected = this.#weights.projections.queries(backend, query);
      const normed = normalizeHeads(backend, projected, this.#fixed.heads, this.#options.queryNorm);
      const queries = ctx.watches ? yield* observeHeads(ctx, this.#name, 'queries', normed, heads) : normed;
      const options: AttentionOptions = {
        ...this.#fixed,
        queryOffsets: offsets,
        keyRanges: past.location.ranges,
        ...(bias && { bias }),
      };
      context = yield* attendFromScores(ctx, this.#name, queries, past.keys, past.values, options, heads);
    }
    return yield* this.#output(ctx, query, context, residual);
  }

  *#attend(ctx: ForwardContext, projections: Projections, inputs: AttentionInputs): Steps<Tensor> {
    const { backend, offsets } = ctx;
    const { query, key = query, value = key, keyOffsets = offsets, past, queryRows } = inputs;
    const { causal, queryStarts, bias } = inputs;
    const [q, k, v] = projections.project(backend, query, key, value);
    const options: AttentionOptions = {
      ...this.#fixed,
      queryOffsets: queryRows?.offsets ?? offsets,
      ...(past ? { keyRanges: past.location.ranges } : { keyOffsets }),
      ...(causal !== undefined && { causal }),
      ...(queryStarts && { queryStarts }),
      ...(bias && { bias }),
    };
    const { heads, keyValueHeads } = this.#fixed;
    const { rotary, queryNorm, keyNorm, positionScores } = this.#options;
    const { projectsAllHeads, queryFeatures, keyFeatures } = this.#shard;
    let queries = normalizeHeads(backend, q, heads, queryNorm);
    let keys = normalizeHeads(backend, k, keyValueHeads, keyNorm);
    if (projectsAllHeads) {
      queries = backend.columns(queries, queryFeatures.from, queryFeatures.to);
      keys = backend.columns(keys, keyFeatures.from, keyFeatures.to);
    }
    if (rotary) {
      const positions = past?.location.positions ?? positionsOf(offsets);
      const keyPositions = past || keyOffsets === offsets ? positions : positionsOf(keyOffsets);
      queries = rotary.apply(backend, queries, positions, heads);
      keys = rotary.apply(backend, keys, keyPositions, keyValueHeads);
    }
    if (positionScores) options.bias = positionScores.forward(backend, queries, keys, offsets);
    if (queryRows) queries = selectRows(backend, queries, queryRows.rows);
    const extended = this.#options.extend?.(backend, keys, v, keyOffsets);
    if (extended) options.keyOffsets = extended.offsets;
    const [allKeys, values] = extended ? [extended.keys, extended.values] : [keys, v];
    return yield* attend(ctx, this.#name, queries, allKeys, values, options, this.#shard.heads, past);
  }

  /**
   * The output projection of the heads' `context[queries, heads · headDim]`, summed over shards. `like` has the shape of the result; `context` is
   * absent in a shard without heads.
   */
  *#output(
    ctx: ForwardContext,
    like: Tensor,
    context: Tensor | undefined,
    residual: Tensor | undefined,
  ): Steps<Tensor> {
    const { backend } = ctx;
    const weights = this.#weights?.output;
    const edits =
      context && weights && ctx.watches
        ? yield* observeHeadOutputs(ctx, this.#name, context, weights, this.#shard.heads)
        : undefined;
    const project = (added: Tensor | undefined): Tensor => {
      const output =
        context && weights
          ? backend.linear(context, weights, added ? { residual: added } : {})
          : (added ?? backend.zeros(like.shape));
      return edits ? backend.add(output, edits) : output;
    };
    const name = `${this.#name}.output`;
    if (residual) return yield* addToResidual(ctx, name, residual, project);
    return yield* observe(ctx, name, yield* sumOverShards(ctx, project(undefined)));
  }
}

/** Each head of `x[rows, heads · headDim]` normalised by itself; `x` if there is no norm. */
function normalizeHeads(backend: Backend, x: Tensor, heads: number, norm: HeadNorm | undefined): Tensor {
  if (!norm) return x;
  if (norm.over === 'rows') return norm.forward(backend, x);
  const [rows = 0, features = 0] = x.shape;
  const byHead = backend.reshape(x, [rows * heads, features / heads]);
  return backend.reshape(norm.forward(backend, byHead), x.shape);
}

/** Queries, keys and values: `[tokens, heads · headDim]` each. */
export type QueriesKeysValues = readonly [queries: Tensor, keys: Tensor, values: Tensor];

/** The input projections of an attention. */
export interface Projections {
  project(backend: Backend, query: Tensor, key: Tensor, value: Tensor): QueriesKeysValues;
}

/** Self-attention: one matmul projects queries, keys and values of one input. */
export class FusedProjections implements Projections {
  readonly #weights: LinearWeights;
  readonly #queryWidth: number;
  readonly #keyWidth: number;

  /** The rows of `weights` are `queryWidth` of queries, `keyWidth` of keys, and the rest of values. */
  constructor(weights: LinearWeights, queryWidth: number, keyWidth: number) {
    this.#weights = weights;
    this.#queryWidth = queryWidth;
    this.#keyWidth = keyWidth;
  }

  project(backend: Backend, query: Tensor): QueriesKeysValues {
    const projected = backend.linear(query, this.#weights);
    const firstKey = this.#queryWidth;
    const firstValue = firstKey + this.#keyWidth;
    return [
      backend.columns(projected, 0, firstKey),
      backend.columns(projected, firstKey, firstValue),
      backend.columns(projected, firstValue, this.#weights.outFeatures),
    ];
  }
}

/** Cross-attention: queries, keys and values are projected separately. */
export class SeparateProjections implements Projections {
  readonly #queries: LinearWeights;
  readonly #keys: LinearWeights;
  readonly #values: LinearWeights;

  constructor(queries: LinearWeights, keys: LinearWeights, values: LinearWeights) {
    this.#queries = queries;
    this.#keys = keys;
    this.#values = values;
  }

  project(backend: Backend, query: Tensor, key: Tensor, value: Tensor): QueriesKeysValues {
    return [this.queries(backend, query), ...this.keysValues(backend, key, value)];
  }

  /** Queries only, for cached keys and values. */
  queries(backend: Backend, query: Tensor): Tensor {
    return backend.linear(query, this.#queries);
  }

  /** Keys and values only, for a cache. */
  keysValues(backend: Backend, key: Tensor, value: Tensor): readonly [keys: Tensor, values: Tensor] {
    return [backend.linear(key, this.#keys), backend.linear(value, this.#values)];
  }
}
