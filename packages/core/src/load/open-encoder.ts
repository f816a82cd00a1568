import type { SentenceSettings } from '../models/encoders/pooling.ts';
import { type EncoderConfig, readEncoderConfig } from '../models/encoders/registry.ts';
import type { TaskHeadKind } from '../models/encoders/task-heads.ts';
import type { OptionNames } from '../options.ts';
import { loadTokenizer } from '../text/load-tokenizer.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import { openCheckpoint } from '../weights/checkpoint.ts';
import type { RepositoryFiles } from '../weights/sources/repository.ts';
import { type ModelSource, SOURCE_OPTIONS, type SourceOptions } from '../weights/sources/resolve.ts';
import { splitModelFile } from '../weights/sources/single-file.ts';
import type { Checkpoint, WeightAdapter } from '../weights/types.ts';
import { checkModelKind, type ModelRepository, openRepository } from './open-repository.ts';
import { openSingleFile } from './open-single-file.ts';
import { readTokenizerFiles } from './open-tokenizer.ts';
import { readQuantized } from './read-quantized.ts';
import { readSentenceSettings, withLowerCase } from './sentence-transformers.ts';
import type { SingleFileModel } from './single-file-model.ts';

/** How the files of an encoder are found and read. */
export interface OpenEncoderOptions extends SourceOptions {
  /** Name of the safetensors file, or of the index of several. Default: see `openCheckpoint`. */
  weightsFile?: string;
  /**
   * The task heads to load on top of the encoder, for example `['nextSentence']`; `[]` for the encoder alone. Default: those that
   * config.json's `architectures` names.
   */
  taskHeads?: readonly TaskHeadKind[];
  /** A low-rank adapter that is merged into the weights: see `loadAdapter` of `@headwise/core/train`. */
  adapter?: WeightAdapter;
}

/** The names of {@link OpenEncoderOptions}. */
export const OPEN_ENCODER_OPTIONS = {
  weightsFile: 'string',
  taskHeads: 'names',
  adapter: 'object',
  ...SOURCE_OPTIONS,
} satisfies OptionNames<OpenEncoderOptions>;

/** An encoder's files, opened and checked, before its weights are read. */
export interface EncoderFiles {
  readonly config: EncoderConfig;
  readonly tokenizer: Tokenizer;
  readonly checkpoint: Checkpoint;
  /** Pooling and maximum length, as the repository's sentence-transformers files say. */
  readonly settings: SentenceSettings;
  /** To be called once all weights are read: sends the last progress event. */
  finish(): void;
}

/**
 * Opens an encoder's configuration, tokenizer and weights; `repository` is what `source` leads to if that is known already. Rejects with
 * `LoadError`, `FormatError` or `ConfigError`, for a model of another kind too.
 */
export async function openEncoder(
  task: string,
  source: ModelSource,
  options: OpenEncoderOptions,
  repository?: ModelRepository | SingleFileModel,
): Promise<EncoderFiles> {
  const opened = repository ?? (await openEncoderSource(source, options));
  if (!('files' in opened)) return fromSingleFile(task, opened, options);
  const { files, configJson } = opened;
  checkModelKind(task, configJson, 'encoder');
  const config = await readEncoderConfig(configJson, options.taskHeads);
  const settings = await readSentenceSettings(files, configJson);
  const tokenizer = await openTokenizer(files, settings, configJson);
  const weights = { configJson, checkpoint: await openCheckpoint(files, options.weightsFile) };
  const { checkpoint: stored } = await readQuantized(weights);
  const checkpoint = options.adapter?.mergeInto(stored) ?? stored;
  return { config, tokenizer, checkpoint, settings, finish: () => files.finish() };
}

/** Reads the tokenizer, in `folder` (with its slash) of the repository. `configJson` is the model's config.json. */
export async function openTokenizer(
  files: RepositoryFiles,
  settings: SentenceSettings,
  configJson: unknown,
  folder = '',
): Promise<Tokenizer> {
  const parts = await readTokenizerFiles(files, configJson, folder);
  return loadTokenizer({ ...parts, tokenizerJson: withLowerCase(parts.tokenizerJson, settings) });
}

/** Opens a GGUF file, the source itself or the `weightsFile` of a repository, or else a repository. */
export async function openEncoderSource(
  source: ModelSource,
  options: OpenEncoderOptions,
): Promise<ModelRepository | SingleFileModel> {
  const isFile = splitModelFile(source) !== undefined || /\.gguf$/i.test(options.weightsFile ?? '');
  const file = isFile && (await openSingleFile(source, options));
  return file || openRepository(source, options, ['modules.json']);
}

async function fromSingleFile(
  task: string,
  { configJson, tokenizer, checkpoint, pooling, finish }: SingleFileModel,
  { taskHeads, adapter }: OpenEncoderOptions,
): Promise<EncoderFiles> {
  checkModelKind(task, configJson, 'encoder');
  return {
    config: await readEncoderConfig(configJson, taskHeads),
    tokenizer,
    checkpoint: adapter?.mergeInto(checkpoint) ?? checkpoint,
    // As llama.cpp's embeddings of a GGUF file, which are normalised.
    settings: { pooling: { mode: pooling ?? 'mean', normalize: true } },
    finish,
  };
}
