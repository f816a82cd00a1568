import type { Backend } from '../backend/backend.ts';
import { ConfigError } from '../errors.ts';
import { type Shard, WHOLE } from '../nn/shard.ts';
import type { Checkpoint } from '../weights/types.ts';
import { type BertConfig, BertModel, parseBertConfig } from './bert.ts';
import { ConfigReader } from './config.ts';
import type { Encoder } from './encoder.ts';

/** The configuration of any encoder that can be loaded; `modelType` tells which. */
export type EncoderConfig = BertConfig;

/** Reads a config.json. Throws `ConfigError` for an architecture that Headwise does not know. */
export function parseEncoderConfig(json: unknown): EncoderConfig {
  const modelType = new ConfigReader(json).text('model_type');
  switch (modelType) {
    case 'bert':
      return parseBertConfig(json);
    default:
      throw new ConfigError(`config.json: model_type must be bert, got ${JSON.stringify(modelType)}`);
  }
}

/** Reads an encoder's weights, or a shard's share of them, into a backend. */
export function loadEncoder(
  config: EncoderConfig,
  checkpoint: Checkpoint,
  backend: Backend,
  shard: Shard = WHOLE,
): Promise<Encoder> {
  return BertModel.load(config, checkpoint, backend, shard);
}
