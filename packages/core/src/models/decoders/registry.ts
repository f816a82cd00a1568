import type { Backend } from '../../backend/backend.ts';
import { ConfigError } from '../../errors.ts';
import { ALL_WEIGHTS, type WeightPlan } from '../../nn/run/shard.ts';
import type { Checkpoint } from '../../weights/types.ts';
import { ConfigReader } from '../config.ts';
import { MODEL_TYPES } from '../model-types.ts';
import type { Decoder } from './decoder.ts';
import { FAMILIES } from './families.ts';
import { type FamilyConfig, type FamilyType, loadFamily } from './family.ts';
import { type Gpt2Config, loadGpt2, parseGpt2Config } from './gpt2.ts';
import { parseLlamaConfig } from './llama.ts';
import { type LlamaConfig, loadLlama } from './llama-family.ts';
import { parseMistralConfig } from './mistral.ts';
import { parseQwen2Config, parseQwen3Config } from './qwen.ts';

/** The configuration of a supported decoder-only model, discriminated by `modelType`. Structured-cloneable. */
export type DecoderConfig = Gpt2Config | LlamaConfig | FamilyConfig;

/**
 * Parses the config.json of a decoder-only model. Throws `ConfigError` for an unsupported architecture, and for invalid or unsupported values.
 */
export function parseDecoderConfig(json: unknown): DecoderConfig {
  const reader = new ConfigReader(json);
  const modelType = reader.text('model_type');
  if (Object.hasOwn(FAMILIES, modelType)) return FAMILIES[modelType as FamilyType](reader);
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
export function decoderFromCheckpoint(
  config: DecoderConfig,
  checkpoint: Checkpoint,
  backend: Backend,
  plan: WeightPlan = ALL_WEIGHTS,
): Promise<Decoder> {
  if (config.modelType === 'gpt2') return loadGpt2(config, checkpoint, backend, plan);
  if ('slidingWindows' in config) return loadLlama(config, checkpoint, backend, plan);
  return loadFamily(config, checkpoint, backend, plan);
}
