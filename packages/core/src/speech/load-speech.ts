import { LocalDecoderEngine } from '../engine/local-decoder-engine.ts';
import type { ComputeOptions } from '../load/load-weights.ts';
import { COMPUTE_OPTIONS, loadWeights } from '../load/load-weights.ts';
import { openRepository } from '../load/open-repository.ts';
import { readTokenizerFiles } from '../load/open-tokenizer.ts';
import { startLoading } from '../load/start-loading.ts';
import { loadWhisper, parseWhisperConfig, type WhisperConfig } from '../models/seq2seq/whisper.ts';
import { checkOptions, type OptionNames } from '../options.ts';
import { loadTokenizer } from '../text/load-tokenizer.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import { openCheckpoint } from '../weights/checkpoint.ts';
import {
  type ModelSource,
  repositoryFiles,
  SOURCE_OPTIONS,
  type SourceOptions,
} from '../weights/sources/resolve.ts';
import { splitModelFile } from '../weights/sources/single-file.ts';
import type { Checkpoint } from '../weights/types.ts';
import { SpeechModel } from './speech-model.ts';
import { readSpeechTokens, type SpeechTokens } from './speech-tokens.ts';

/** Options of {@link loadSpeech}. */
export interface LoadSpeechOptions extends SourceOptions, ComputeOptions {
  /** Name of the file with the weights: safetensors, or the index of several. Default: see `openCheckpoint`. */
  weightsFile?: string;
}

const WEIGHTS_FILE = { weightsFile: 'string' } satisfies OptionNames<
  Omit<LoadSpeechOptions, keyof SourceOptions | keyof ComputeOptions>
>;

/** What a Whisper's files say, before its weights are read. */
export interface SpeechFiles {
  readonly config: WhisperConfig;
  readonly tokenizer: Tokenizer;
  readonly tokens: SpeechTokens;
  readonly checkpoint: Checkpoint;
  finish(): void;
}

/**
 * Loads a Whisper from a directory, a URL, a hub or files in memory: config.json, tokenizer.json, safetensors under Hugging Face's names, and the
 * optional generation_config.json. Or from a file of whisper.cpp without quantisation (`./ggml-tiny.bin`), which has all of them.
 *
 * ```ts
 * const model = await loadSpeech('openai/whisper-tiny');
 * const { text } = await model.transcribe(await (await fetch('talk.wav')).arrayBuffer());
 * ```
 *
 * Rejects with `LoadError` for files and tensors that are missing, `FormatError` for broken ones, `ConfigError` for what Headwise does not support, and
 * with the signal's reason when it is aborted. On failure, everything loaded so far is released.
 */
export async function loadSpeech(source: ModelSource, options: LoadSpeechOptions = {}): Promise<SpeechModel> {
  checkOptions('loadSpeech', options, WEIGHTS_FILE, SOURCE_OPTIONS, COMPUTE_OPTIONS);
  return startLoading('loadSpeech', options, async (options) => {
    const { files, backend, network, dtype } = await loadWeights(
      'loadSpeech',
      options,
      () => openSpeech(source, options),
      ({ config, checkpoint }, backend, plan) => loadWhisper(config, checkpoint, backend, plan),
    );
    const { config, tokenizer, tokens } = files;
    return new SpeechModel(config, tokenizer, tokens, new LocalDecoderEngine(backend, network, dtype));
  });
}

async function openSpeech(source: ModelSource, options: LoadSpeechOptions): Promise<SpeechFiles> {
  return (await openSingleFile(source, options)) ?? (await openHubFiles(source, options));
}

/** Opens a file of whisper.cpp, which the source or the option `weightsFile` names; undefined if neither does. */
async function openSingleFile(
  source: ModelSource,
  options: LoadSpeechOptions,
): Promise<SpeechFiles | undefined> {
  const split = splitModelFile(source);
  const name = split?.file ?? options.weightsFile;
  if (name === undefined || !/\.bin$/i.test(name) || name.startsWith('pytorch_model')) return undefined;
  const files = repositoryFiles(split?.directory ?? source, options);
  // Imported on demand: most models are safetensors.
  const { openGgml } = await import('./ggml.ts');
  const { configJson, tokenizer, checkpoint } = await openGgml(files, name);
  const config = parseWhisperConfig(configJson);
  return {
    config,
    tokenizer,
    tokens: readSpeechTokens(config, tokenizer, configJson),
    checkpoint,
    finish: () => files.finish(),
  };
}

async function openHubFiles(source: ModelSource, options: LoadSpeechOptions): Promise<SpeechFiles> {
  const { files, configJson } = await openRepository(source, options, ['generation_config.json']);
  const config = parseWhisperConfig(configJson);
  const generationConfig = await files.optionalJson('generation_config.json');
  const tokenizer = await loadTokenizer(await readTokenizerFiles(files, configJson));
  return {
    config,
    tokenizer,
    tokens: readSpeechTokens(config, tokenizer, configJson, generationConfig ?? {}),
    checkpoint: await openCheckpoint(files, options.weightsFile),
    finish: () => files.finish(),
  };
}
