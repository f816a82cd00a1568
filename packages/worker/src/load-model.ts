import { ConfigError, EncoderModel, type ModelSource, type OpenOptions, openModel } from '@headwise/core';
import { ParallelEngine, type SplitStrategy } from './coordinator/parallel-engine.ts';
import { checkCount, readWorkerOptions, type WorkerOptions } from './options.ts';

export interface ParallelOptions extends OpenOptions, WorkerOptions {
  /**
   * How work is divided between workers. `heads` (tensor parallelism): every call runs on all workers, which together hold one copy of the
   * weights. `batch` (data parallelism): every worker holds all weights and computes whole batches. Default: `heads`.
   */
  split?: SplitStrategy;
  /**
   * How many calls may wait for those before them; more reject with `QueueFullError`. A call is one whatever number of texts it is about.
   * Default 1024.
   */
  maxQueue?: number;
}

/** A sentence encoder whose heads are spread over workers: the same interface as core's, off the calling thread. */
export type ParallelModel = EncoderModel;

const SPLIT_STRATEGIES: readonly string[] = ['heads', 'batch'] satisfies SplitStrategy[];

/**
 * Loads a sentence encoder into workers. Its files are fetched once; each worker gets only the weights of its own heads,
 * feed-forward units and rows of the vocabulary. Needs no special headers of the page.
 *
 * Rejects as core's `loadModel` does, and with `WorkerError` if a worker can't be started. A worker that fails later rejects the
 * calls that are running with a `WorkerError`, and is replaced.
 */
export async function loadModel(source: ModelSource, options: ParallelOptions = {}): Promise<ParallelModel> {
  const { split = 'heads', maxQueue = 1024, signal } = options;
  const workersFor = readWorkerOptions('loadModel', options);
  checkCount('loadModel', 'maxQueue', maxQueue);
  if (!SPLIT_STRATEGIES.includes(split)) {
    throw new ConfigError(`loadModel: split must be 'heads' or 'batch', got ${JSON.stringify(split)}`);
  }
  const { config, tokenizer, checkpoint, settings, finish } = await openModel(source, options);
  const most = split === 'batch' ? Number.POSITIVE_INFINITY : config.numAttentionHeads;
  const parallel = { ...workersFor(most), split, maxQueue };
  const engine = await ParallelEngine.start(config, checkpoint, parallel, signal);
  finish();
  return new EncoderModel(config, tokenizer, engine, settings);
}
