import { type BackendChoice, ConfigError, checkWeightTypeName, type WeightType } from '@headwise/core';
import { platform } from '#platform';
import type { ShardsOptions } from './coordinator/shards.ts';
import type { ShardEndpoint } from './endpoint.ts';
import type { Transport } from './protocol.ts';

/** How a model is spread over workers. */
export interface WorkerOptions {
  /** How many workers. `auto`, the default, is one for each processor core, but no more than the model has heads. */
  workers?: number | 'auto';
  /** What each worker computes with. Default: `auto`, the fastest that the engine supports. */
  backend?: BackendChoice;
  /** How to keep the weights, whatever type the checkpoint has. Default: `f32`, the most exact. */
  dtype?: WeightType;
  /**
   * How workers exchange what they have computed. `messages` works everywhere; `shared` is faster and needs memory that workers can
   * share: Node, or a page that is isolated from other origins (`crossOriginIsolated`). Default: `auto`, `shared` where it can be
   * had. Results are the same to the bit.
   */
  transport?: Transport | 'auto';
  /**
   * Where shards run, called for each one, and again for one that takes the place of one that failed. Default: this package's own
   * worker script. With an endpoint of your own the transport is `messages` unless you choose `shared`.
   */
  spawn?: () => ShardEndpoint;
}

/** Checks options, before any file is read: what they come to for a model with at most so many heads that can be shared out. */
export function readWorkerOptions(task: string, options: WorkerOptions): (heads: number) => ShardsOptions {
  const { workers = 'auto', backend = 'auto', dtype = 'f32', spawn = platform.spawn } = options;
  if (workers !== 'auto') checkCount(task, 'workers', workers, "'auto' or ");
  checkWeightTypeName(dtype);
  if (typeof backend !== 'string') {
    throw new ConfigError(`${task}: workers make backends of their own; name one rather than giving it`);
  }
  const transport = chooseTransport(task, options);
  return (heads) => ({
    workers: workers === 'auto' ? Math.min(platform.concurrency(), heads) : workers,
    ...{ transport, backend, dtype, spawn },
  });
}

/** Throws `ConfigError` unless a value is a whole number of at least 1. */
export function checkCount(task: string, name: string, value: number, alternative = ''): void {
  if (Number.isSafeInteger(value) && value >= 1) return;
  throw new ConfigError(
    `${task}: ${name} must be ${alternative}a whole number of at least 1, got ${JSON.stringify(value)}`,
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
        `${task}: the shared transport needs a page that is isolated from other origins (COOP and COEP headers)`,
      );
    default:
      throw new ConfigError(
        `${task}: transport must be 'auto', 'messages' or 'shared', got ${JSON.stringify(transport)}`,
      );
  }
}
