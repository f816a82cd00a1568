import { openRepository } from '../load/open-repository.ts';
import { readTokenizerFiles } from '../load/open-tokenizer.ts';
import { readQuantized } from '../load/read-quantized.ts';
import { parseSpeechConfig, type SpeechConfig } from '../models/seq2seq/speech.ts';
import { parseWhisperConfig } from '../models/seq2seq/whisper.ts';
import type { OptionNames } from '../options.ts';
import { loadTokenizer } from '../text/load-tokenizer.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import { openCheckpoint } from '../weights/checkpoint.ts';
import type { RepositoryFiles } from '../weights/sources/repository.ts';
import {
  type ModelSource,
  repositoryFiles,
  SOURCE_OPTIONS,
  type SourceOptions,
} from '../weights/sources/resolve.ts';
import { splitModelFile } from '../weights/sources/single-file.ts';
import type { Checkpoint } from '../weights/types.ts';
import type { SpeechKind } from './speech-kind.ts';
import { readSpeechTokens } from './speech-tokens.ts';
import { WhisperKind } from './whisper-kind.ts';

/** How the files of a model of speech are found and read. */
export interface OpenSpeechOptions extends SourceOptions {
  /** Name of the file with the weights: safetensors, the index of several, or a file of whisper.cpp. Default: see `openCheckpoint`. */
  weightsFile?: string;
}

/** The names of {@link OpenSpeechOptions}. */
export const OPEN_SPEECH_OPTIONS = {
  weightsFile: 'string',
  ...SOURCE_OPTIONS,
} satisfies OptionNames<OpenSpeechOptions>;

/** What the files of a model of speech say, before its weights are read. */
export interface SpeechFiles {
  readonly config: SpeechConfig;
  /** @internal */
  readonly kind: SpeechKind;
  readonly tokenizer: Tokenizer;
  readonly checkpoint: Checkpoint;
  /** What config.json says, or would say. */
  readonly configJson: unknown;
  /** The repository, or the tokenizer that a single file has in place of one. */
  readonly origin: { readonly files: RepositoryFiles } | { readonly tokenizerJson: unknown };
  /** To be called when all weights are read: sends the last progress event. */
  finish(): void;
}

/** Opens the files of a model of speech. Rejects with `LoadError`, `FormatError` or `ConfigError`. */
export async function openSpeech(source: ModelSource, options: OpenSpeechOptions): Promise<SpeechFiles> {
  return (await openSingleFile(source, options)) ?? (await openHubFiles(source, options));
}

/** Opens a file of whisper.cpp, which the source or the option `weightsFile` names; undefined if neither does. */
async function openSingleFile(
  source: ModelSource,
  options: OpenSpeechOptions,
): Promise<SpeechFiles | undefined> {
  const split = splitModelFile(source);
  const name = split?.file ?? options.weightsFile;
  if (name === undefined || !/\.bin$/i.test(name) || name.startsWith('pytorch_model')) return undefined;
  const files = repositoryFiles(split?.directory ?? source, options);
  // Imported on demand: most models are safetensors.
  const { openGgml } = await import('./ggml.ts');
  const { configJson, tokenizerJson, tokenizer, checkpoint } = await openGgml(files, name);
  const config = parseWhisperConfig(configJson);
  return {
    config,
    kind: new WhisperKind(config, tokenizer, readSpeechTokens(config, tokenizer, configJson)),
    tokenizer,
    checkpoint,
    configJson,
    origin: { tokenizerJson },
    finish: () => files.finish(),
  };
}

async function openHubFiles(source: ModelSource, options: OpenSpeechOptions): Promise<SpeechFiles> {
  const { files, configJson } = await openRepository(source, options, ['generation_config.json']);
  const stored = await openCheckpoint(files, options.weightsFile);
  const { configJson: plain, checkpoint } = await readQuantized({ configJson, checkpoint: stored });
  const config = parseSpeechConfig(plain);
  const generationConfig = (await files.optionalJson('generation_config.json')) ?? {};
  const tokenizer = await loadTokenizer(await readTokenizerFiles(files, configJson));
  return {
    config,
    kind:
      config.modelType === 'whisper'
        ? new WhisperKind(
            config,
            tokenizer,
            readSpeechTokens(config, tokenizer, configJson, generationConfig),
          )
        : // Imported on demand: an app has one kind of model.
          new (await import('./moonshine/moonshine-kind.ts')).MoonshineKind(
            config,
            tokenizer,
            generationConfig,
          ),
    tokenizer,
    checkpoint,
    configJson,
    origin: { files },
    finish: () => files.finish(),
  };
}
