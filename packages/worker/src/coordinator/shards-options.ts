import type { BackendChoice, WeightType } from '@headwise/core';
import type { ShardEndpoint } from '../endpoint.ts';
import type { Transport } from '../protocol.ts';

/** How work is divided between workers: every call over all of them (`heads`), or whole batches to each (`batch`). */
export type SplitStrategy = 'heads' | 'batch';

/** Numbers of the workers in errors, where a model has several pools: from `first`, of `count` in all. */
export interface WorkerNumbering {
  readonly first: number;
  readonly count: number;
}

export interface ShardsOptions {
  readonly workers: number;
  readonly transport: Transport;
  readonly backend: BackendChoice;
  readonly dtype: WeightType;
  readonly spawn: () => ShardEndpoint;
  /** See `WorkerOptions`. */
  readonly startTimeout?: number | undefined;
  /** Numbers of the workers in errors. Default: 0 to `workers - 1`. */
  readonly numbering?: WorkerNumbering;
}
