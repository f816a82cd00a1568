import { ConfigError, EncoderModel, type ModelSource, type OpenEncoderOptions } from '@headwise/core';
import {
  cancelOnFailure,
  checkOptions,
  DecoderEmbeddingEngine,
  isEmbedder,
  type ModelRepository,
  OPEN_ENCODER_OPTIONS,
  openEmbedder,
  openEncoder,
  openEncoderSource,
  type SingleFileModel,
  StaticEngine,
} from '@headwise/core/internal';
import { ParallelEngine } from '../coordinator/parallel-engine.ts';
import { ShardedDecoderEngine } from '../coordinator/sharded-decoder.ts';
import type { SplitStrategy } from '../coordinator/shards-options.ts';
import { checkCount, readWorkerOptions, WORKER_OPTIONS, type WorkerOptions } from './options.ts';

/** Options of {@link loadEncoder}. */
export interface ParallelEncoderOptions extends OpenEncoderOptions, WorkerOptions {
  /**
   * How work is divided between workers. `heads` (tensor parallelism): every call runs on all workers, which together hold one copy of the
   * weights. `batch` (data parallelism): every worker holds all weights and computes whole batches. Default: `heads`.
   */
  split?: SplitStrategy;
  /** Largest number of calls that wait; further calls reject with `QueueFullError`. A call of many texts counts once. Default: 1024. */
  maxQueue?: number;
}

/** The names that {@link ParallelEncoderOptions} adds. */
export const ENCODER_OPTIONS = { split: true, maxQueue: 'numeric' } as const;

const SPLIT_STRATEGIES: readonly string[] = ['heads', 'batch'] satisfies SplitStrategy[];

/**
 * Loads an encoder into workers. Files are fetched once. With `split: 'heads'` each worker receives only the weights of its attention
 * heads, its feed-forward units and its rows of the vocabulary. No special HTTP headers are needed.
 *
 * Rejects as core's `loadEncoder` does, and with `WorkerError` when a worker cannot be started. When a worker fails later, the calls that it
 * runs reject with `WorkerError`, and it is replaced.
 */
export async function loadEncoder(
  source: ModelSource,
  options: ParallelEncoderOptions = {},
): Promise<EncoderModel> {
  checkOptions('loadEncoder', options, ENCODER_OPTIONS, OPEN_ENCODER_OPTIONS, WORKER_OPTIONS);
  return cancelOnFailure(options, (options) => loadEncoderFrom('loadEncoder', source, options));
}

/** {@link loadEncoder} as part of the function `task`, which may have opened the repository already. */
export async function loadEncoderFrom(
  task: string,
  source: ModelSource,
  options: ParallelEncoderOptions,
  repository?: ModelRepository | SingleFileModel,
): Promise<EncoderModel> {
  const { split = 'heads', maxQueue = 1024, signal } = options;
  const shardsOptionsFor = readWorkerOptions(task, options);
  checkCount(task, 'maxQueue', maxQueue);
  if (!SPLIT_STRATEGIES.includes(split)) {
    throw new ConfigError(`${task}: split must be 'heads' or 'batch', got ${JSON.stringify(split)}`);
  }
  const opened = repository ?? (await openEncoderSource(source, options));
  if ('files' in opened && (await isEmbedder(opened))) return loadEmbedder(task, opened, options);
  const { config, tokenizer, checkpoint, settings, finish } = await openEncoder(
    task,
    source,
    options,
    opened,
  );
  const maxWorkers = split === 'batch' ? Number.POSITIVE_INFINITY : config.numAttentionHeads;
  const engineOptions = { ...shardsOptionsFor(maxWorkers, { config, checkpoint }, split), split, maxQueue };
  const engine = await ParallelEngine.start(config, checkpoint, engineOptions, signal);
  finish();
  return new EncoderModel(config, tokenizer, engine, settings);
}

/** Loads a decoder into workers, or static embeddings into this thread, as an encoder. */
async function loadEmbedder(
  task: string,
  repository: ModelRepository,
  options: ParallelEncoderOptions,
): Promise<EncoderModel> {
  if (options.split === 'batch') {
    throw new ConfigError(`${task}: split must be 'heads' for a decoder, got "batch"`);
  }
  const shardsOptionsFor = readWorkerOptions(task, options);
  const opened = await openEmbedder(task, repository, options);
  const { config, tokenizer, settings, finish } = opened;
  if (opened.kind === 'static') {
    finish();
    return new EncoderModel(config, tokenizer, new StaticEngine(opened.table, config.hiddenSize), settings);
  }
  const shardsOptions = shardsOptionsFor(opened.config.numAttentionHeads, opened);
  const plan = { kind: 'decoder', config: opened.config } as const;
  const engine = await ShardedDecoderEngine.start(plan, opened.checkpoint, shardsOptions, options.signal);
  finish();
  return new EncoderModel(config, tokenizer, new DecoderEmbeddingEngine(engine, opened.head), settings);
}
