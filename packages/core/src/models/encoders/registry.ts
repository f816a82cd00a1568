import type { Backend } from '../../backend/backend.ts';
import { ConfigError } from '../../errors.ts';
import { ALL_WEIGHTS, type WeightPlan } from '../../nn/run/shard.ts';
import type { Checkpoint } from '../../weights/types.ts';
import { ConfigReader } from '../config.ts';
import { MODEL_TYPES } from '../model-types.ts';
import { type BertConfig, loadBert, parseBertConfig } from './bert.ts';
import { type DistilBertConfig, loadDistilBert, parseDistilBertConfig } from './distilbert.ts';
import { type ElectraConfig, loadElectra, parseElectraConfig } from './electra.ts';
import type { Encoder } from './encoder.ts';
import { loadRoberta, parseRobertaConfig, type RobertaConfig } from './roberta.ts';
import type { TaskHeadKind } from './task-heads.ts';

/** The configuration of a supported encoder, discriminated by `modelType`. Structured-cloneable. */
export type EncoderConfig = BertConfig | DistilBertConfig | RobertaConfig | ElectraConfig;

/**
 * Parses a config.json. `heads` are the task heads to load instead of those of the file's `architectures`. Throws `ConfigError` for an
 * unsupported architecture and for invalid values.
 */
export function parseEncoderConfig(json: unknown, heads?: readonly TaskHeadKind[]): EncoderConfig {
  const modelType = new ConfigReader(json).text('model_type');
  switch (modelType) {
    case 'bert':
      return parseBertConfig(json, heads);
    case 'distilbert':
      return parseDistilBertConfig(json, heads);
    case 'electra':
      return parseElectraConfig(json, heads);
    case 'roberta':
    case 'xlm-roberta':
    case 'camembert':
      return parseRobertaConfig(json, heads);
    default:
      throw new ConfigError(
        `config.json: model_type must be one of ${MODEL_TYPES.encoder.join(', ')}, got ${JSON.stringify(modelType)}`,
      );
  }
}

/** Loads an encoder's weights, or a shard's slices of them, into a backend. */
export function encoderFromCheckpoint(
  config: EncoderConfig,
  checkpoint: Checkpoint,
  backend: Backend,
  plan: WeightPlan = ALL_WEIGHTS,
): Promise<Encoder> {
  switch (config.modelType) {
    case 'bert':
      return loadBert(config, checkpoint, backend, plan);
    case 'distilbert':
      return loadDistilBert(config, checkpoint, backend, plan);
    case 'electra':
      return loadElectra(config, checkpoint, backend, plan);
    default:
      return loadRoberta(config, checkpoint, backend, plan);
  }
}
