import { type BackendChoice, ConfigError, type WeightTypeName } from '@headwise/core';
import { type OptionNames, weightTypeOf } from '@headwise/core/internal';
import { platform } from '#platform';
import { START_TIMEOUT } from '../coordinator/remote-worker.ts';
import type { ShardsOptions } from '../coordinator/shards.ts';
import type { ShardEndpoint } from '../endpoint.ts';
import type { Transport } from '../protocol.ts';

/** How a model is sharded over workers. */
export interface WorkerOptions {
  /** Number of workers. Default: `auto`, one per processor core, but no more than the model has attention heads. */
  workers?: number | 'auto';
  /** Backend of every worker, by name. Default: `auto`, the fastest that the engine supports. */
  backend?: BackendChoice;
  /** Type in which weights are kept in memory, independent of the checkpoint's. Default: `f32`. */
  dtype?: WeightTypeName;
  /**
   * How workers exchange partial sums. `messages` works everywhere. `shared` (a `SharedArrayBuffer`) is faster and requires Node or a
   * cross-origin isolated page (`crossOriginIsolated`). Both give bitwise identical results. Default: `auto`, `shared` where it is available.
   */
  transport?: Transport | 'auto';
  /**
   * Creates the endpoint of a shard: once per worker, and again for each replacement of a worker that failed. Default: starts this package's
   * worker script. With custom endpoints `transport: 'auto'` is `messages`.
   */
  spawn?: () => ShardEndpoint;
  /**
   * Milliseconds after which a worker that has not answered counts as failed, from its start; loading and computing take as long as they
   * take. Default: 30,000. `Infinity` waits forever.
   */
  startTimeout?: number;
}

/** The names of {@link WorkerOptions}. */
export const WORKER_OPTIONS = {
  workers: true,
  backend: true,
  dtype: true,
  transport: true,
  spawn: true,
  startTimeout: true,
} satisfies OptionNames<WorkerOptions>;

/** Validates the options and returns a function that resolves them for a model with `heads` attention heads. `task` prefixes errors. */
export function readWorkerOptions(task: string, options: WorkerOptions): (heads: number) => ShardsOptions {
  const {
    workers = 'auto',
    backend = 'auto',
    spawn = platform.spawn,
    startTimeout = START_TIMEOUT,
  } = options;
  checkStartTimeout(task, startTimeout);
  if (workers !== 'auto') checkCount(task, 'workers', workers, "'auto' or ");
  const dtype = weightTypeOf(task, options.dtype);
  if (typeof backend !== 'string') {
    throw new ConfigError(
      `${task}: backend must be a name, got a Backend instance: each worker creates its own`,
    );
  }
  const transport = chooseTransport(task, options);
  return (heads) => ({
    workers: workers === 'auto' ? Math.min(platform.concurrency(), heads) : workers,
    ...{ transport, backend, dtype, spawn, startTimeout },
  });
}

/** Throws `ConfigError` unless `value` is an integer of at least 1. */
export function checkCount(task: string, name: string, value: number, alternative = ''): void {
  if (Number.isSafeInteger(value) && value >= 1) return;
  throw new ConfigError(
    `${task}: ${name} must be ${alternative}an integer of at least 1, got ${JSON.stringify(value)}`,
  );
}

/** Throws `ConfigError` unless `value` is a time in milliseconds above 0. */
export function checkStartTimeout(task: string, value: number = START_TIMEOUT): void {
  if (value > 0) return;
  throw new ConfigError(
    `${task}: startTimeout must be a number of milliseconds above 0, got ${String(value)}`,
  );
}

function chooseTransport(task: string, { transport = 'auto', spawn }: WorkerOptions): Transport {
  switch (transport) {
    case 'auto':
      return platform.canShareMemory() && !spawn ? 'shared' : 'messages';
    case 'messages':
      return transport;
    case 'shared':
      if (platform.canShareMemory()) return transport;
      throw new ConfigError(
        `${task}: transport 'shared' requires a page isolated from other origins (COOP and COEP headers)`,
      );
    default:
      throw new ConfigError(
        `${task}: transport must be 'auto', 'messages' or 'shared', got ${JSON.stringify(transport)}`,
      );
  }
}
