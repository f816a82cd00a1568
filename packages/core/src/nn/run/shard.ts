import type { Backend, LinearWeights, Tensor, WeightType } from '../../backend/backend.ts';

/** One of `count` parts of a model, as in tensor parallelism. An unsharded model is shard 0 of 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

export const WHOLE: Shard = { index: 0, count: 1 };

/** Which slices of a model's weights to load, and the type to keep them in. */
export interface WeightPlan {
  readonly shard: Shard;
  readonly dtype: WeightType;
  /** Replaces the table of word embeddings `[size, width]` by one that `loader` loads later; undefined if it cannot. */
  readonly words?: (loader: TableLoader, name: string, size: number, width: number) => LazyTable | undefined;
}

/** What loads tables; see `WeightLoader`. */
export interface TableLoader {
  table(name: string, size: number, width: number, rows: IndexRange): Promise<Tensor | LinearWeights>;
  skipTensors(names: readonly string[]): void;
}

/** An embedding table of which only some rows are there. */
export interface LazyTable {
  /** `[ids.length, width]` */
  partial(ctx: { readonly backend: Backend }, ids: Int32Array): Tensor;
}

/** All weights, as 32-bit floats. */
export const ALL_WEIGHTS: WeightPlan = { shard: WHOLE, dtype: 'f32' };

/** Indices `from` to `to`, the latter excluded. */
export interface IndexRange {
  readonly from: number;
  readonly to: number;
}

/** The range of a shard among `total` items. The sizes of shards differ by at most one; some are empty if there are more shards than items. */
export function shardRange(total: number, { index, count }: Shard): IndexRange {
  return { from: Math.floor((index * total) / count), to: Math.floor(((index + 1) * total) / count) };
}
