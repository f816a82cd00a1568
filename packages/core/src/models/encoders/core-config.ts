import { ConfigError } from '../../errors.ts';
import { ConfigReader } from '../config.ts';
import { ROBERTA_TYPES } from '../model-types.ts';
import { type BertConfig, parseBertConfig } from './bert.ts';
import { type DistilBertConfig, parseDistilBertConfig } from './distilbert.ts';
import { type ElectraConfig, parseElectraConfig } from './electra.ts';
import { parseRobertaConfig, type RobertaConfig } from './roberta.ts';
import type { TaskHeadKind } from './task-heads.ts';

/** The configurations of the encoders that can be created and trained. */
export type CoreEncoderConfig = BertConfig | DistilBertConfig | RobertaConfig | ElectraConfig;

/**
 * Parses the config.json of an encoder that can be created and trained: `readEncoderConfig`, without the need to wait. Throws `ConfigError` for
 * others, and for invalid values.
 */
export function parseEncoderConfig(json: unknown, heads?: readonly TaskHeadKind[]): CoreEncoderConfig {
  const modelType = new ConfigReader(json).text('model_type');
  switch (modelType) {
    case 'bert':
      return parseBertConfig(json, heads);
    case 'distilbert':
      return parseDistilBertConfig(json, heads);
    case 'electra':
      return parseElectraConfig(json, heads);
    default:
      if (ROBERTA_TYPES.some((type) => type === modelType)) return parseRobertaConfig(json, heads);
      throw new ConfigError(
        `config.json: model_type must be one of bert, distilbert, electra, ${ROBERTA_TYPES.join(', ')} for a model to be created or trained, got ${JSON.stringify(modelType)}`,
      );
  }
}
