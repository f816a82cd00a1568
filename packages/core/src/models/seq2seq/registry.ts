import type { Backend } from '../../backend/backend.ts';
import { ConfigError } from '../../errors.ts';
import { ALL_WEIGHTS, type WeightPlan } from '../../nn/run/shard.ts';
import type { Checkpoint } from '../../weights/types.ts';
import { ConfigReader } from '../config.ts';
import type { Decoder } from '../decoders/decoder.ts';
import { MODEL_TYPES } from '../model-types.ts';
import { type BartConfig, loadBart, parseBartConfig } from './bart.ts';
import { loadMarian, type MarianConfig, parseMarianConfig } from './marian.ts';
import { loadPreNormBart, type PreNormBartConfig, parsePreNormBartConfig } from './pre-norm-bart.ts';
import { loadT5, parseT5Config, type T5Config } from './t5.ts';

/** The configuration of a supported encoder–decoder, discriminated by `modelType`. Structured-cloneable. */
export type Seq2SeqConfig = T5Config | BartConfig | MarianConfig | PreNormBartConfig;

/**
 * Parses the config.json of an encoder–decoder. Throws `ConfigError` for an unsupported architecture, and for invalid or unsupported values.
 */
export function parseSeq2SeqConfig(json: unknown): Seq2SeqConfig {
  const modelType = new ConfigReader(json).text('model_type');
  switch (modelType) {
    case 't5':
    case 'mt5':
    case 'umt5':
      return parseT5Config(json);
    case 'bart':
      return parseBartConfig(json);
    case 'marian':
      return parseMarianConfig(json);
    case 'mbart':
    case 'm2m_100':
    case 'pegasus':
      return parsePreNormBartConfig(json);
    default:
      throw new ConfigError(
        `config.json: model_type must be one of ${MODEL_TYPES.seq2seqLM.join(', ')}, got ${JSON.stringify(modelType)}`,
      );
  }
}

/** Loads an encoder–decoder's weights, or a shard's slices of them, into a backend. */
export function seq2SeqFromCheckpoint(
  config: Seq2SeqConfig,
  checkpoint: Checkpoint,
  backend: Backend,
  plan: WeightPlan = ALL_WEIGHTS,
): Promise<Decoder> {
  switch (config.modelType) {
    case 'bart':
      return loadBart(config, checkpoint, backend, plan);
    case 'marian':
      return loadMarian(config, checkpoint, backend, plan);
    case 'mbart':
    case 'm2m_100':
    case 'pegasus':
      return loadPreNormBart(config, checkpoint, backend, plan);
    default:
      return loadT5(config, checkpoint, backend, plan);
  }
}
