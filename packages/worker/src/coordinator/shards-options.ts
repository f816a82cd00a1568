import type { BackendChoice, WeightType } from '@headwise/core';
import type { ShardEndpoint } from '../endpoint.ts';
import type { SpanPart, Transport } from '../protocol.ts';

/** How work is divided between workers: every call over all of them (`heads`), or whole batches to each (`batch`). */
export type SplitStrategy = 'heads' | 'batch';

/** What one worker did for a while, in a call that has ended well. */
export interface WorkerSpan {
  /** Index of the worker. */
  readonly worker: number;
  /** Index of the block, counted in its own stack; undefined before and after the blocks. */
  readonly layer: number | undefined;
  readonly part: SpanPart;
  /** In milliseconds, as `performance.now()` of the calling thread counts them. */
  readonly start: number;
  readonly end: number;
}

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
  readonly onSpan?: ((span: WorkerSpan) => void) | undefined;
  readonly startTimeout?: number | undefined;
  /** Numbers of the workers in errors. Default: 0 to `workers - 1`. */
  readonly numbering?: WorkerNumbering;
}
