import type { Backend } from '../../backend/backend.ts';
import { ConfigError } from '../../errors.ts';
import type { WeightPlan } from '../../nn/run/shard.ts';
import type { Checkpoint } from '../../weights/types.ts';
import type { Decoder } from '../decoders/decoder.ts';
import { modelTypeOf } from '../model-types.ts';
import { loadMoonshine, type MoonshineConfig, parseMoonshineConfig } from './moonshine.ts';
import { loadWhisper, parseWhisperConfig, type WhisperConfig } from './whisper.ts';

/** The configuration of a model of speech, discriminated by `modelType`. Structured-cloneable. */
export type SpeechConfig = WhisperConfig | MoonshineConfig;

/** Parses a config.json. Throws `ConfigError` for an unsupported architecture, and for invalid or unsupported values. */
export function parseSpeechConfig(json: unknown): SpeechConfig {
  const modelType = modelTypeOf(json);
  switch (modelType) {
    case 'moonshine':
      return parseMoonshineConfig(json);
    case 'whisper':
      return parseWhisperConfig(json);
    default:
      throw new ConfigError(
        `config.json: model_type must be whisper or moonshine, got ${JSON.stringify(modelType) ?? 'nothing'}`,
      );
  }
}

/** Loads the weights of a model of speech, or a shard's slices of them, into a backend. */
export function speechFromCheckpoint(
  config: SpeechConfig,
  checkpoint: Checkpoint,
  backend: Backend,
  plan: WeightPlan,
): Promise<Decoder> {
  return config.modelType === 'whisper'
    ? loadWhisper(config, checkpoint, backend, plan)
    : loadMoonshine(config, checkpoint, backend, plan);
}
