import {
  type BackendChoice,
  ConfigError,
  checkWeightTypeName,
  EncoderModel,
  type ModelSource,
  type OpenOptions,
  openModel,
  type WeightType,
} from '@headwise/core';
import { platform } from '#platform';
import { ParallelEngine, type Split, type SplitChoice } from './coordinator/parallel-engine.ts';
import type { ShardEndpoint } from './endpoint.ts';
import type { Transport } from './protocol.ts';

export interface ParallelOptions extends OpenOptions {
  /** How many workers. `auto`, the default, is one for each processor core, but no more than the model has heads. */
  workers?: number | 'auto';
  /**
   * What workers share out. `heads`, the default: each call is spread over all workers, which hold one copy of the weights together; one
   * text is done sooner. `batch`: each worker computes other texts by itself, with a copy of all weights of its own; many texts
   * are done sooner, one is not. `auto`: whichever is faster for the call at hand, by what loading measures on this machine; that takes
   * one copy of the weights for each worker and one more, and loading takes about half a second longer.
   */
  split?: Split;
  /** Told of each call under `split: 'auto'`: how it is computed, and how long either way was expected to take. */
  onSplit?: (choice: SplitChoice) => void;
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
   * How many calls may wait for those before them; more reject with `QueueFullError`. A call is one whatever number of texts it is about.
   * Default 1024.
   */
  maxQueue?: number;
  /**
   * Where shards run, called for each one, and again for one that takes the place of one that failed. Default: this package's own
   * worker script. With an endpoint of your own the transport is `messages` unless you choose `shared`.
   */
  spawn?: () => ShardEndpoint;
}

/** A sentence encoder whose heads are spread over workers: the same interface as core's, off the calling thread. */
export type ParallelModel = EncoderModel;

/**
 * Loads a sentence encoder into workers. Its files are fetched once; each worker gets only the weights of its own heads,
 * feed-forward units and rows of the vocabulary. Needs no special headers of the page.
 *
 * Rejects as core's `loadModel` does, and with `WorkerError` if a worker can't be started. A worker that fails later rejects the
 * calls that are running with a `WorkerError`, and is replaced.
 */
export async function loadModel(source: ModelSource, options: ParallelOptions = {}): Promise<ParallelModel> {
  const {
    workers = 'auto',
    split = 'heads',
    backend = 'auto',
    dtype = 'f32',
    maxQueue = 1024,
    spawn = platform.spawn,
    onSplit,
    signal,
  } = options;
  checkCount('workers', workers === 'auto' ? 1 : workers, "'auto' or ");
  checkCount('maxQueue', maxQueue);
  checkWeightTypeName(dtype);
  if (split !== 'heads' && split !== 'batch' && split !== 'auto') {
    throw new ConfigError(
      `loadModel: split must be 'heads', 'batch' or 'auto', got ${JSON.stringify(split)}`,
    );
  }
  if (typeof backend !== 'string') {
    throw new ConfigError('loadModel: workers make backends of their own; name one rather than giving it');
  }
  const transport = chooseTransport(options);
  const { config, tokenizer, checkpoint, settings, finish } = await openModel(source, options);
  const most = split !== 'batch' ? config.numAttentionHeads : Number.POSITIVE_INFINITY;
  const count = workers === 'auto' ? Math.min(platform.concurrency(), most) : workers;
  const parallel = { workers: count, split, transport, backend, dtype, maxQueue, spawn, onSplit };
  const engine = await ParallelEngine.start(config, checkpoint, parallel, signal);
  finish();
  return new EncoderModel(config, tokenizer, engine, settings);
}

function chooseTransport({ transport = 'auto', spawn }: ParallelOptions): Transport {
  switch (transport) {
    case 'auto':
      return platform.canShareMemory() && !spawn ? 'shared' : 'messages';
    case 'messages':
      return transport;
    case 'shared':
      if (platform.canShareMemory()) return transport;
      throw new ConfigError(
        'loadModel: the shared transport needs a page that is isolated from other origins (COOP and COEP headers)',
      );
    default:
      throw new ConfigError(
        `loadModel: transport must be 'auto', 'messages' or 'shared', got ${JSON.stringify(transport)}`,
      );
  }
}

function checkCount(name: string, value: number, alternative = ''): void {
  if (Number.isSafeInteger(value) && value >= 1) return;
  throw new ConfigError(
    `loadModel: ${name} must be ${alternative}a whole number of at least 1, got ${value}`,
  );
}
