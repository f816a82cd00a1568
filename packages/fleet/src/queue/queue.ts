import { HeadwiseError } from '@headwise/core';
import * as v from 'valibot';

/** A shard to compute, as it stands in a queue. */
export const ShardJob = v.strictObject({
  /** The id of the run's plan. */
  run: v.pipe(v.string(), v.uuid()),
  /** The run's directory, as all machines have it. */
  directory: v.string(),
  shard: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
});
export type ShardJob = v.InferOutput<typeof ShardJob>;

/** A shard that failed for good. */
export interface FailedShard {
  readonly shard: number;
  readonly message: string;
}

/**
 * Hands shards out until each is computed. A shard may be computed more than once (after a worker was lost, or was slow), and is never lost; its results are
 * written once.
 */
export interface ShardQueue {
  /** Adds shards that are not in the queue. */
  add(jobs: readonly ShardJob[]): Promise<void>;
  /** Computes shards, `concurrency` at a time, until the queue is closed. What `compute` rejects with is tried again, unless it {@link isPermanent}. */
  work(concurrency: number, compute: (job: ShardJob) => Promise<void>): void;
  /** Shards, of any run, that wait, are computed, or will be tried again. */
  left(): Promise<number>;
  /** The shards of a run that failed for good. */
  failed(run: string): Promise<readonly FailedShard[]>;
  /** Forgets the failed shards of a run, so that they can be added again. */
  forgetFailed(run: string): Promise<void>;
  /** Takes no more shards, and resolves when those that are computed are done. */
  close(): Promise<void>;
}

/** How often a shard is tried, and the pause after the first failure, which doubles each time. */
export const ATTEMPTS = 5;
export const FIRST_DELAY = 1000;

/** Codes of errors that another attempt would have again: the corpus, its texts, the model or the options are to blame. */
const PERMANENT = new Set([
  'ERR_CONFIG',
  'ERR_CONTEXT',
  'ERR_FLEET',
  'ERR_FORMAT',
  'ERR_NUMERIC',
  'ERR_REQUEST',
]);

/** Whether another attempt at a shard would fail too. */
export function isPermanent(error: unknown): boolean {
  if (!(error instanceof HeadwiseError) || !PERMANENT.has(error.code)) return false;
  // Of the thread pool: 500 and 503 say that threads died or could not start.
  const { status } = error as { status?: unknown };
  return typeof status !== 'number' || status < 500;
}

export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return error instanceof HeadwiseError ? `${error.code}: ${text}` : text;
}
