import type { Backend } from '../../backend/backend.ts';
import { ConfigError } from '../../errors.ts';
import { ALL_WEIGHTS, type WeightPlan } from '../../nn/run/shard.ts';
import type { Checkpoint } from '../../weights/types.ts';
import { ConfigReader } from '../config.ts';
import { type BertConfig, loadBert, parseBertConfig } from './bert.ts';
import { type DistilBertConfig, loadDistilBert, parseDistilBertConfig } from './distilbert.ts';
import { type ElectraConfig, loadElectra, parseElectraConfig } from './electra.ts';
import type { Encoder } from './encoder.ts';
import { loadRoberta, parseRobertaConfig, ROBERTA_TYPES, type RobertaConfig } from './roberta.ts';
import type { TaskHeadKind } from './task-heads.ts';

/** The configuration of any encoder that can be loaded; `modelType` tells which. Plain data. */
export type EncoderConfig = BertConfig | DistilBertConfig | RobertaConfig | ElectraConfig;

const MODEL_TYPES: readonly string[] = ['bert', 'distilbert', 'electra', ...ROBERTA_TYPES];

/**
 * Reads a config.json. `heads` says what to load on top of the encoder, in place of what the file's `architectures` names. Throws
 * `ConfigError` for an architecture that Headwise does not know and for values that do not fit.
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
        `config.json: model_type must be one of ${MODEL_TYPES.join(', ')}, got ${JSON.stringify(modelType)}`,
      );
  }
}

/** Reads an encoder's weights, or a shard's share of them, into a backend. */
export function loadEncoder(
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
