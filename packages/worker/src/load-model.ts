import {
  type BackendChoice,
  ConfigError,
  EncoderModel,
  type ModelSource,
  type OpenOptions,
  openModel,
} from '@headwise/core';
import { platform } from '#platform';
import { ShardedEngine } from './coordinator/sharded-engine.ts';

export interface ParallelOptions extends OpenOptions {
  /** How many workers. `auto`, the default, is one for each processor core, but no more than the model has heads. */
  workers?: number | 'auto';
  /** What each worker computes with. Default: `auto`, the fastest that the engine supports. */
  backend?: BackendChoice;
}

/** A sentence encoder whose heads are spread over workers: the same interface as core's, off the calling thread. */
export type ParallelModel = EncoderModel;

/**
 * Loads a sentence encoder into workers. Its files are fetched once; each worker gets only the weights of its own heads,
 * feed-forward units and rows of the vocabulary. Needs no special headers of the page.
 *
 * Rejects as core's `loadModel` does, and with `WorkerError` if a worker can't be started.
 */
export async function loadModel(source: ModelSource, options: ParallelOptions = {}): Promise<ParallelModel> {
  const { workers = 'auto', backend = 'auto', signal } = options;
  if (workers !== 'auto' && !(Number.isSafeInteger(workers) && workers >= 1)) {
    throw new ConfigError(
      `loadModel: workers must be 'auto' or a whole number of at least 1, got ${workers}`,
    );
  }
  if (typeof backend !== 'string') {
    throw new ConfigError('loadModel: workers make backends of their own; name one rather than giving it');
  }
  const { config, tokenizer, checkpoint, finish } = await openModel(source, options);
  const count = workers === 'auto' ? Math.min(platform.concurrency(), config.numAttentionHeads) : workers;
  const engine = await ShardedEngine.start(count, config, checkpoint, backend, signal);
  finish();
  return new EncoderModel(config, tokenizer, engine);
}
