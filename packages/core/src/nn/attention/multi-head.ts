import type { AttentionOptions, Backend, LinearWeights, Offsets, Tensor } from '../../backend/backend.ts';
import type { Norm } from '../modules/norm.ts';
import { pickRows } from '../modules/pick-rows.ts';
import { positionsOf } from '../positions/positions-of.ts';
import type { RotaryEmbedding } from '../positions/rotary.ts';
import { addToResidual, type ForwardContext, observe, sumOverShards } from '../run/forward-context.ts';
import { type IndexRange, type Shard, shardRange } from '../run/shard.ts';
import type { Steps } from '../run/steps.ts';
import { attend, attendTo, keyValueHeadsOf, observeHeads, type ShardHeads } from './attend.ts';
import { observeHeadOutputs } from './head-outputs.ts';
import { appendKeyValues, type PastKeyValues } from './kv-cache.ts';
import type { Projections, SeparateProjections } from './projections.ts';

/** What one attention is given. Tensors are `[tokens, features]`. */
export interface AttentionInputs {
  readonly query: Tensor;
  /** Default: the query (self-attention). */
  readonly key?: Tensor;
  /** Default: the key. */
  readonly value?: Tensor;
  /** Where the sequences of key and value lie. Default: those of the query. */
  readonly keyOffsets?: Offsets;
  /** See `AttentionOptions.causal`. */
  readonly causal?: boolean;
  /** See `AttentionOptions.bias`. */
  readonly bias?: Tensor;
  /** Where the sequences' earlier keys and values are, and the new ones go. Query, key and value are of new tokens only. */
  readonly past?: PastKeyValues;
  /** The queries whose output is wanted. Default: all. Keys and values are made of all rows. */
  readonly only?: QueryRows;
  /** Added to the output: the residual stream, of the rows in `only`. */
  readonly residual?: Tensor;
}

/** Some rows of the queries: the last ones of each sequence. `offsets` says where each sequence's lie among them. */
export interface QueryRows {
  readonly rows: Int32Array;
  readonly offsets: Offsets;
}

/** What an attention to remembered keys and values is given; see {@link MultiHead.crossAttend}. */
export interface CrossAttendInputs extends Pick<AttentionInputs, 'query' | 'bias' | 'residual'> {
  /** Only `place.ranges` counts: the rows that each sequence reads. */
  readonly past: PastKeyValues;
}

/** What sets an architecture's attention apart. */
export interface MultiHeadOptions {
  /** Turns queries and keys by their positions. */
  readonly rotary?: RotaryEmbedding;
  /** Factor on the scores. Default 1/√headDim. */
  readonly scale?: number;
  /** A query sees only keys fewer than this many positions away. Default: all. */
  readonly window?: number;
  /** Normalise each head of queries and of keys, before they are turned (Dehghani et al. 2023; Qwen3). */
  readonly queryNorm?: Norm;
  readonly keyNorm?: Norm;
}

/** What a shard owns of an attention's heads. */
export interface HeadShard {
  readonly own: ShardHeads;
  /** Query heads to a key-value head. */
  readonly group: number;
  /** Rows of the query projection, and columns of the output projection, that belong to the own heads. */
  readonly queryFeatures: IndexRange;
  /** Rows of the key and value projections. */
  readonly keyFeatures: IndexRange;
}

/** A shard's share of the heads: whole key-value heads with all query heads that use them. */
export function shardHeads(heads: number, keyValueHeads: number, headDim: number, shard: Shard): HeadShard {
  const { from, to } = shardRange(keyValueHeads, shard);
  const group = heads / keyValueHeads;
  return {
    own: { from: from * group, to: to * group, of: heads },
    group,
    queryFeatures: { from: from * group * headDim, to: to * group * headDim },
    keyFeatures: { from: from * headDim, to: to * headDim },
  };
}

/**
 * Multi-head attention (Vaswani et al. 2017, §3.2.2), to the own sequence or another, with as many key-value heads as query
 * heads or fewer (Ainslie et al. 2023; one is multi-query, Shazeer 2019). A shard holds the projections of its own heads and the
 * columns of the output projection that they feed.
 */
export class MultiHead<P extends Projections = Projections> {
  readonly #name: string;
  readonly #share: HeadShard;
  /** Absent in a shard without heads. */
  readonly #weights: { projections: P; output: LinearWeights } | undefined;
  readonly #options: MultiHeadOptions;
  /** What is the same in every call. */
  readonly #fixed: { heads: number; keyValueHeads: number; scale?: number; window?: number };

  constructor(
    name: string,
    share: HeadShard,
    weights: { projections: P; output: LinearWeights } | undefined,
    options: MultiHeadOptions = {},
  ) {
    this.#name = name;
    this.#share = share;
    this.#weights = weights;
    this.#options = options;
    const { own, group } = share;
    const heads = own.to - own.from;
    const { scale, window } = options;
    this.#fixed = {
      heads,
      keyValueHeads: heads / group,
      ...(scale !== undefined && { scale }),
      ...(window !== undefined && { window }),
    };
  }

  /** `[queries, hiddenSize]` → the same. */
  *forward(ctx: ForwardContext, inputs: AttentionInputs): Steps<Tensor> {
    const context = this.#weights && (yield* this.#attend(ctx, this.#weights.projections, inputs));
    return yield* this.#output(ctx, inputs.residual ?? inputs.query, context, inputs.residual);
  }

  /**
   * Makes keys and values of `states`, whose sequences lie where `run.offsets` says, and stores them in `past`: what {@link crossAttend} is to
   * read again and again.
   */
  *cacheKeyValues(
    this: MultiHead<SeparateProjections>,
    ctx: ForwardContext,
    states: Tensor,
    past: PastKeyValues,
  ): Steps<void> {
    if (!this.#weights) return;
    const { backend } = ctx;
    const [made, values] = this.#weights.projections.keysValues(backend, states, states);
    const keys = this.#normed(backend, made, this.#fixed.keyValueHeads, this.#options.keyNorm);
    const shared = keyValueHeadsOf(this.#fixed, this.#share.own);
    appendKeyValues(
      backend,
      ctx.offsets,
      past,
      ctx.watches ? yield* observeHeads(ctx, this.#name, 'keys', keys, shared) : keys,
      ctx.watches ? yield* observeHeads(ctx, this.#name, 'values', values, shared) : values,
    );
  }

  /** Attention to what was stored by {@link appendKeyValues}: `[queries, hiddenSize]` → the same. */
  *crossAttend(
    this: MultiHead<SeparateProjections>,
    ctx: ForwardContext,
    inputs: CrossAttendInputs,
  ): Steps<Tensor> {
    const { query, past, bias, residual } = inputs;
    let context: Tensor | undefined;
    if (this.#weights) {
      const { backend, offsets } = ctx;
      const { own } = this.#share;
      const projected = this.#weights.projections.queries(backend, query);
      const made = this.#normed(backend, projected, this.#fixed.heads, this.#options.queryNorm);
      const queries = ctx.watches ? yield* observeHeads(ctx, this.#name, 'queries', made, own) : made;
      const options: AttentionOptions = {
        ...this.#fixed,
        queryOffsets: offsets,
        keyRanges: past.place.ranges,
        ...(bias && { bias }),
      };
      context = yield* attendTo(ctx, this.#name, queries, past.keys, past.values, options, own);
    }
    return yield* this.#output(ctx, query, context, residual);
  }

  *#attend(ctx: ForwardContext, projections: Projections, inputs: AttentionInputs): Steps<Tensor> {
    const { backend, offsets } = ctx;
    const { query, key = query, value = key, keyOffsets = offsets, causal, bias, past, only } = inputs;
    const [q, k, v] = projections.project(backend, query, key, value);
    const options: AttentionOptions = {
      ...this.#fixed,
      queryOffsets: only?.offsets ?? offsets,
      ...(past ? { keyRanges: past.place.ranges } : { keyOffsets }),
      ...(causal !== undefined && { causal }),
      ...(bias && { bias }),
    };
    const { heads, keyValueHeads } = this.#fixed;
    const { rotary, queryNorm, keyNorm } = this.#options;
    let queries = this.#normed(backend, q, heads, queryNorm);
    let keys = this.#normed(backend, k, keyValueHeads, keyNorm);
    if (rotary) {
      const positions = past?.place.positions ?? positionsOf(offsets);
      const keyPositions = past || keyOffsets === offsets ? positions : positionsOf(keyOffsets);
      queries = rotary.apply(backend, queries, positions, heads);
      keys = rotary.apply(backend, keys, keyPositions, keyValueHeads);
    }
    if (only) queries = pickRows(backend, queries, only.rows);
    return yield* attend(ctx, this.#name, queries, keys, v, options, this.#share.own, past);
  }

  /** Queries or keys normalised head by head, in an architecture that does so. */
  #normed(backend: Backend, x: Tensor, heads: number, norm: Norm | undefined): Tensor {
    if (!norm) return x;
    const [rows = 0, features = 0] = x.shape;
    const byHead = backend.reshape(x, [rows * heads, features / heads]);
    return backend.reshape(norm.forward(backend, byHead), x.shape);
  }

  /** `like` has the output's shape. */
  *#output(
    ctx: ForwardContext,
    like: Tensor,
    context: Tensor | undefined,
    residual: Tensor | undefined,
  ): Steps<Tensor> {
    const { backend } = ctx;
    const weights = this.#weights?.output;
    const change =
      context && weights && ctx.watches
        ? yield* observeHeadOutputs(ctx, this.#name, context, weights, this.#share.own)
        : undefined;
    const project = (added: Tensor | undefined): Tensor => {
      const output =
        context && weights
          ? backend.linear(context, weights, added ? { residual: added } : {})
          : (added ?? backend.zeros(like.shape));
      return change ? backend.add(output, change) : output;
    };
    const name = `${this.#name}.output`;
    if (residual) return yield* addToResidual(ctx, name, residual, project);
    return yield* observe(ctx, name, yield* sumOverShards(ctx, project(undefined)));
  }
}
