import type { WeightType } from '../../backend/backend.ts';

/** Which of several equal workers a model's part belongs to. A whole model is shard 0 of 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

export const WHOLE: Shard = { index: 0, count: 1 };

/** Which of a model's weights to read, and how to keep them. */
export interface WeightPlan {
  readonly shard: Shard;
  readonly dtype: WeightType;
}

/** All weights, as 32-bit floats. */
export const ALL_WEIGHTS: WeightPlan = { shard: WHOLE, dtype: 'f32' };

/** A range of indices. */
export interface IndexRange {
  readonly from: number;
  readonly to: number;
}

/** This shard's share of `total` things, contiguous, sizes differing by one at most; empty where there are too few. */
export function shardRange(total: number, { index, count }: Shard): IndexRange {
  return { from: Math.floor((index * total) / count), to: Math.floor(((index + 1) * total) / count) };
}
