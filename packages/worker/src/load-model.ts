import { ConfigError, EncoderModel, type ModelSource, type OpenOptions, openModel } from '@headwise/core';
import { ParallelEngine, type SplitStrategy } from './coordinator/parallel-engine.ts';
import { checkCount, readWorkerOptions, type WorkerOptions } from './options.ts';

export interface ParallelOptions extends OpenOptions, WorkerOptions {
  /**
   * How work is divided between workers. `heads` (tensor parallelism): every call runs on all workers, which together hold one copy of the
   * weights. `batch` (data parallelism): every worker holds all weights and computes whole batches. Default: `heads`.
   */
  split?: SplitStrategy;
  /** Largest number of calls that wait; further calls reject with `QueueFullError`. A call of many texts counts once. Default: 1024. */
  maxQueue?: number;
}

/** A sentence encoder that runs in workers, with the interface of core's. */
export type ParallelModel = EncoderModel;

const SPLIT_STRATEGIES: readonly string[] = ['heads', 'batch'] satisfies SplitStrategy[];

/**
 * Loads a sentence encoder into workers. Files are fetched once. With `split: 'heads'` each worker receives only the weights of its attention
 * heads, its feed-forward units and its rows of the vocabulary. No special HTTP headers are needed.
 *
 * Rejects as core's `loadEncoder` does, and with `WorkerError` when a worker cannot be started. When a worker fails later, the calls that it
 * runs reject with `WorkerError`, and it is replaced.
 */
export async function loadEncoder(
  source: ModelSource,
  options: ParallelOptions = {},
): Promise<ParallelModel> {
  const { split = 'heads', maxQueue = 1024, signal } = options;
  const shardsOptionsFor = readWorkerOptions('loadEncoder', options);
  checkCount('loadEncoder', 'maxQueue', maxQueue);
  if (!SPLIT_STRATEGIES.includes(split)) {
    throw new ConfigError(`loadEncoder: split must be 'heads' or 'batch', got ${JSON.stringify(split)}`);
  }
  const { config, tokenizer, checkpoint, settings, finish } = await openModel(source, options);
  const maxWorkers = split === 'batch' ? Number.POSITIVE_INFINITY : config.numAttentionHeads;
  const engineOptions = { ...shardsOptionsFor(maxWorkers), split, maxQueue };
  const engine = await ParallelEngine.start(config, checkpoint, engineOptions, signal);
  finish();
  return new EncoderModel(config, tokenizer, engine, settings);
}
