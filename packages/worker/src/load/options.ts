import { type BackendChoice, ConfigError, type WeightTypeChoice } from '@headwise/core';
import {
  checkWeightType,
  LIMITS,
  type OptionNames,
  type PlannedModel,
  planWeights,
} from '@headwise/core/internal';
import { platform } from '#platform';
import { START_TIMEOUT } from '../coordinator/remote-worker.ts';
import type { ShardsOptions, WorkerSpan } from '../coordinator/shards-options.ts';
import type { ShardEndpoint } from '../endpoint.ts';
import { concurrency } from '../platform/thread.ts';
import type { Transport } from '../protocol.ts';

/** How a model is sharded over workers. */
export interface WorkerOptions {
  /** Number of workers, at most 256. Default: `auto`, one per processor core, but no more than the model has attention heads. */
  workers?: number | 'auto';
  /** Backend of every worker, by name. Default: `auto`, the fastest that the engine supports. */
  backend?: BackendChoice;
  /**
   * Type in which weights are kept in memory. Default: `auto`, which keeps quantised GGUF files at about their size (`q8` or `q4`) and all other files as
   * `f32`, or in the largest type that fits if that does not; the model's `dtype` says which.
   */
  dtype?: WeightTypeChoice;
  /**
   * Bytes of WebAssembly memory that all workers together may need when the model is loaded. A model that needs more is refused with `MemoryLimitError`
   * before its weights are read. Default: 4 GiB for each worker.
   */
  memoryLimit?: number;
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
   * URL of the script that workers run, `@headwise/worker/worker`, where the bundler does not find it by itself: that of a copy beside the app, or
   * `workerUrl` of `@headwise/worker/inline`, which embeds it. Without effect on `spawn`.
   */
  workerUrl?: string | URL;
  /**
   * Called with what each worker did when, once for each part of each call that ends well, for a timeline. Spans of a worker come in order and
   * without gaps. What it throws rejects the call.
   */
  onSpan?: (span: WorkerSpan) => void;
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
  memoryLimit: 'numeric',
  transport: true,
  spawn: 'function',
  workerUrl: true,
  onSpan: 'function',
  startTimeout: 'numeric',
} satisfies OptionNames<WorkerOptions>;

/**
 * Validates the options and returns a function that resolves them for a model with `heads` attention heads, of which each worker has a part, or with
 * `split: 'batch'` a copy. `task` prefixes errors. The function throws `MemoryLimitError` for a model that does not fit.
 */
export function readWorkerOptions(
  task: string,
  options: WorkerOptions,
): (heads: number, model: PlannedModel, split?: 'heads' | 'batch') => ShardsOptions {
  const { workers = 'auto', backend = 'auto', workerUrl, onSpan, startTimeout } = options;
  if (workerUrl !== undefined && typeof workerUrl !== 'string' && !(workerUrl instanceof URL)) {
    throw new ConfigError(`${task}: workerUrl must be a string or a URL, got ${typeof workerUrl}`);
  }
  const spawn = options.spawn ?? (() => platform.spawn(workerUrl));
  checkStartTimeout(task, startTimeout);
  if (workers !== 'auto') checkCount(task, 'workers', workers, "'auto' or ", LIMITS.workers);
  checkWeightType(task, options.dtype);
  if (typeof backend !== 'string') {
    throw new ConfigError(
      `${task}: backend must be a name, got a Backend instance: each worker creates its own`,
    );
  }
  const transport = chooseTransport(task, options);
  return (heads, model, split = 'heads') => {
    const count = workers === 'auto' ? Math.min(concurrency(), heads) : workers;
    const dtype = planWeights(task, model, {
      ...(split === 'heads' ? { shards: count } : { copies: count }),
      dtype: options.dtype,
      memoryLimit: options.memoryLimit,
    });
    return { workers: count, transport, backend, dtype, spawn, onSpan, startTimeout };
  };
}

/** Throws `ConfigError` unless `value` is an integer from 1 to `most`. */
export function checkCount(
  task: string,
  name: string,
  value: number,
  alternative = '',
  most = Number.MAX_SAFE_INTEGER,
): void {
  if (Number.isSafeInteger(value) && value >= 1 && value <= most) return;
  const range = most === Number.MAX_SAFE_INTEGER ? 'of at least 1' : `from 1 to ${most}`;
  throw new ConfigError(
    `${task}: ${name} must be ${alternative}an integer ${range}, got ${JSON.stringify(value)}`,
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
