import { ConfigError, EncoderModel, type ModelSource, type OpenOptions, openModel } from '@headwise/core';
import { ParallelEngine, type Split, type SplitChoice } from './coordinator/parallel-engine.ts';
import { checkCount, readWorkerOptions, type WorkerOptions } from './options.ts';

export interface ParallelOptions extends OpenOptions, WorkerOptions {
  /**
   * What workers share out. `heads`, the default: each call is spread over all workers, which hold one copy of the weights together; one
   * text is done sooner. `batch`: each worker computes other texts by itself, with a copy of all weights of its own; many texts
   * are done sooner, one is not. `auto`: whichever is faster for the call at hand, by what loading measures on this machine; that takes
   * one copy of the weights for each worker and one more, and loading takes about a second longer.
   */
  split?: Split;
  /** Told of each call under `split: 'auto'`: how it is computed, and how long either way was expected to take. */
  onSplit?: (choice: SplitChoice) => void;
  /**
   * How many calls may wait for those before them; more reject with `QueueFullError`. A call is one whatever number of texts it is about.
   * Default 1024.
   */
  maxQueue?: number;
}

/** A sentence encoder whose heads are spread over workers: the same interface as core's, off the calling thread. */
export type ParallelModel = EncoderModel;

const SPLITS: readonly string[] = ['heads', 'batch', 'auto'] satisfies Split[];

/**
 * Loads a sentence encoder into workers. Its files are fetched once; each worker gets only the weights of its own heads,
 * feed-forward units and rows of the vocabulary. Needs no special headers of the page.
 *
 * Rejects as core's `loadModel` does, and with `WorkerError` if a worker can't be started. A worker that fails later rejects the
 * calls that are running with a `WorkerError`, and is replaced.
 */
export async function loadModel(source: ModelSource, options: ParallelOptions = {}): Promise<ParallelModel> {
  const { split = 'heads', maxQueue = 1024, onSplit, signal } = options;
  const workersFor = readWorkerOptions('loadModel', options);
  checkCount('loadModel', 'maxQueue', maxQueue);
  if (!SPLITS.includes(split)) {
    throw new ConfigError(
      `loadModel: split must be 'heads', 'batch' or 'auto', got ${JSON.stringify(split)}`,
    );
  }
  const { config, tokenizer, checkpoint, settings, finish } = await openModel(source, options);
  const most = split === 'batch' ? Number.POSITIVE_INFINITY : config.numAttentionHeads;
  const parallel = { ...workersFor(most), split, maxQueue, onSplit };
  const engine = await ParallelEngine.start(config, checkpoint, parallel, signal);
  finish();
  return new EncoderModel(config, tokenizer, engine, settings);
}
