import { ConfigError } from '../errors.ts';
import type { SentenceSettings } from '../models/encoders/pooling.ts';
import { type EncoderConfig, parseEncoderConfig } from '../models/encoders/registry.ts';
import type { TaskHeadKind } from '../models/encoders/task-heads.ts';
import { Tokenizer } from '../text/tokenizer.ts';
import { openCheckpoint } from '../weights/checkpoint.ts';
import type { RepositoryFiles } from '../weights/sources/repository.ts';
import type { ModelSource, SourceOptions } from '../weights/sources/resolve.ts';
import { splitModelFile } from '../weights/sources/single-file.ts';
import type { Checkpoint, WeightAdapter } from '../weights/types.ts';
import { checkModelKind, type ModelRepository, openRepository, optionalJson } from './open-repository.ts';
import { readQuantized } from './read-quantized.ts';
import { readSentenceSettings, withLowerCase } from './sentence-transformers.ts';

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
 * Opens an encoder's configuration, tokenizer and weights; `repository` is where `source` leads if that is known already. Rejects with
 * `LoadError`, `FormatError` or `ConfigError`, for a model of another kind too.
 */
export async function openEncoder(
  task: string,
  source: ModelSource,
  options: OpenEncoderOptions,
  repository?: ModelRepository,
): Promise<EncoderFiles> {
  if (splitModelFile(source)) {
    throw new ConfigError(
      `${task}: ${String(source)} is a single file with a causal language model; load it with loadCausalLM`,
    );
  }
  const { files, configJson } = repository ?? (await openRepository(source, options));
  checkModelKind(task, configJson, 'encoder');
  const config = parseEncoderConfig(configJson, options.taskHeads);
  const settings = await readSentenceSettings(files);
  const tokenizer = await openTokenizer(files, settings);
  const opened = { configJson, checkpoint: await openCheckpoint(files, options.weightsFile) };
  const { checkpoint: stored } = await readQuantized(opened);
  const checkpoint = options.adapter?.mergeInto(stored) ?? stored;
  return { config, tokenizer, checkpoint, settings, finish: () => files.finish() };
}

/** Reads the tokenizer, in `folder` (with its slash) of the repository. */
export async function openTokenizer(
  files: RepositoryFiles,
  settings: SentenceSettings,
  folder = '',
): Promise<Tokenizer> {
  const tokenizerJson = withLowerCase(await files.json(`${folder}tokenizer.json`), settings);
  const tokenizerConfigJson = await optionalJson(files, `${folder}tokenizer_config.json`);
  return Tokenizer.fromFiles({
    tokenizerJson,
    ...(tokenizerConfigJson !== undefined && { tokenizerConfigJson }),
  });
}
