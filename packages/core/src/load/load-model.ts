import type { Backend, WeightType } from '../backend/backend.ts';
import { checkWeightTypeName } from '../backend/check.ts';
import { type BackendChoice, createBackend } from '../backend/create.ts';
import { LocalEngine } from '../engine/local.ts';
import type { SentenceSettings } from '../models/encoders/pooling.ts';
import { type EncoderConfig, loadEncoder, parseEncoderConfig } from '../models/encoders/registry.ts';
import type { TaskHeadKind } from '../models/encoders/task-heads.ts';
import { WHOLE } from '../nn/run/shard.ts';
import { EncoderModel } from '../tasks/encoder-model.ts';
import { Tokenizer } from '../text/index.ts';
import { openCheckpoint } from '../weights/checkpoint.ts';
import { type ModelSource, resolveSource, type SourceOptions } from '../weights/sources/resolve.ts';
import type { Checkpoint } from '../weights/types.ts';
import { readSentenceSettings } from './sentence-transformers.ts';

/** How a model's files are found and read. */
export interface OpenOptions extends SourceOptions {
  /** Name of the safetensors file, or of the index of several. Default: see `openCheckpoint`. */
  weightsFile?: string;
  /**
   * What to load on top of the encoder, for example `['nextSentence']`; `[]` for the encoder alone. Default: what config.json's
   * `architectures` names.
   */
  taskHeads?: readonly TaskHeadKind[];
}

export interface LoadOptions extends OpenOptions {
  /** What to compute with: a backend of your own (several models may share it), or one by name. Default: `auto`, the fastest. */
  backend?: BackendChoice | Backend;
  /** How to keep the weights, whatever type the checkpoint has. Default: `f32`, the most exact. */
  dtype?: WeightType;
}

/** A model's files, opened and checked, before its weights are read. */
export interface ModelFiles {
  readonly config: EncoderConfig;
  readonly tokenizer: Tokenizer;
  readonly checkpoint: Checkpoint;
  /** How the repository wants texts to be embedded. */
  readonly settings: SentenceSettings;
  /** To be called when all weights are read: sends the last progress event. */
  finish(): void;
}

/** Opens a model's configuration, tokeniser and weights. Throws `LoadError`, `FormatError` or `ConfigError`. */
export async function openModel(source: ModelSource, options: OpenOptions = {}): Promise<ModelFiles> {
  const files = resolveSource(source, options);
  files.expect(['config.json', 'tokenizer.json']);
  const config = parseEncoderConfig(await files.json('config.json'), options.taskHeads);
  const tokenizerJson = await files.json('tokenizer.json');
  const details = (await files.has('tokenizer_config.json'))
    ? await files.json('tokenizer_config.json')
    : undefined;
  const tokenizer = Tokenizer.fromFiles({
    tokenizerJson,
    ...(details !== undefined && { tokenizerConfigJson: details }),
  });
  const settings = await readSentenceSettings(files);
  const checkpoint = await openCheckpoint(files, options.weightsFile);
  return { config, tokenizer, checkpoint, settings, finish: () => files.finish() };
}

/**
 * Loads an encoder (BERT, DistilBERT, RoBERTa, XLM-R, ELECTRA) with its heads from a directory, a URL, a hub or files in memory, and
 * makes it ready to run in this thread.
 *
 * ```ts
 * const model = await loadModel('sentence-transformers/all-MiniLM-L6-v2');
 * const vector = await model.embed('I drank coffee.');
 * ```
 *
 * Rejects with `LoadError` for files and tensors that can't be had, `FormatError` for broken ones, `ConfigError` for what
 * Headwise can't run, and with the signal's reason if aborted. Nothing half-loaded stays behind.
 */
export async function loadModel(source: ModelSource, options: LoadOptions = {}): Promise<EncoderModel> {
  const { backend: choice = 'auto', dtype = 'f32', signal } = options;
  checkWeightTypeName(dtype);
  const { config, tokenizer, checkpoint, settings, finish } = await openModel(source, options);
  const backend = typeof choice === 'string' ? await createBackend(choice) : choice;
  const encoder = await loadEncoder(config, checkpoint, backend, { shard: WHOLE, dtype });
  if (signal?.aborted) encoder.dispose();
  signal?.throwIfAborted();
  finish();
  return new EncoderModel(config, tokenizer, new LocalEngine(backend, encoder), settings);
}
