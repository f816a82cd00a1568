import type { Backend } from '../../backend/backend.ts';
import { ConfigError } from '../../errors.ts';
import { ALL_WEIGHTS, type WeightPlan } from '../../nn/run/shard.ts';
import type { Checkpoint } from '../../weights/types.ts';
import { ConfigReader } from '../config.ts';
import { FAMILY_TYPES, LLAMA_TYPES, MODEL_TYPES } from '../model-types.ts';
import type { Decoder } from './decoder.ts';
import type { FamilyConfig, FamilyType } from './family.ts';
import { type Gpt2Config, loadGpt2, parseGpt2Config } from './gpt2.ts';
import { parseLlamaConfig } from './llama.ts';
import { type LlamaConfig, loadLlama } from './llama-family.ts';
import { parseMistralConfig } from './mistral.ts';
import { parseQwen2Config, parseQwen3Config } from './qwen.ts';

/** The configurations of the architectures that can be created and trained; the code of all is in every app with a decoder. */
export type CoreDecoderConfig = Gpt2Config | LlamaConfig;

/** The configuration of a supported decoder-only model, discriminated by `modelType`. Structured-cloneable. */
export type DecoderConfig = CoreDecoderConfig | FamilyConfig;

const isFamily = (type: string): type is FamilyType => FAMILY_TYPES.some((family) => family === type);

/**
 * Parses the config.json of a decoder-only model. The code of other architectures than GPT-2 and the Llama family is imported when it is needed.
 * Rejects with `ConfigError` for an unsupported architecture, and for invalid or unsupported values.
 */
export async function readDecoderConfig(json: unknown): Promise<DecoderConfig> {
  const reader = new ConfigReader(json);
  const modelType = reader.text('model_type');
  if (!isFamily(modelType)) return parseDecoderConfig(json);
  const { FAMILIES } = await import('./families/families.ts');
  return FAMILIES[modelType](reader);
}

/** {@link readDecoderConfig} for the architectures that can be created and trained, without the need to wait. Throws `ConfigError` for others. */
export function parseDecoderConfig(json: unknown): CoreDecoderConfig {
  const modelType = new ConfigReader(json).text('model_type');
  if (isFamily(modelType)) {
    throw new ConfigError(
      `config.json: model_type must be one of ${['gpt2', ...LLAMA_TYPES].join(', ')} for a model to be created or trained, got ${JSON.stringify(modelType)}, which can only be loaded to generate`,
    );
  }
  switch (modelType) {
    case 'gpt2':
      return parseGpt2Config(json);
    case 'llama':
      return parseLlamaConfig(json);
    case 'mistral':
      return parseMistralConfig(json);
    case 'qwen2':
      return parseQwen2Config(json);
    case 'qwen3':
      return parseQwen3Config(json);
    default:
      throw new ConfigError(
        `config.json: model_type must be one of ${MODEL_TYPES.causalLM.join(', ')}, got ${JSON.stringify(modelType)}`,
      );
  }
}

/** Loads a decoder's weights, or a shard's slices of them, into a backend. */
export async function decoderFromCheckpoint(
  config: DecoderConfig,
  checkpoint: Checkpoint,
  backend: Backend,
  plan: WeightPlan = ALL_WEIGHTS,
): Promise<Decoder> {
  if (config.modelType === 'gpt2') return loadGpt2(config, checkpoint, backend, plan);
  if ('slidingWindows' in config) return loadLlama(config, checkpoint, backend, plan);
  const { loadFamily } = await import('./families/families.ts');
  return loadFamily(config, checkpoint, backend, plan);
}
