import { ConfigError } from '../../errors.ts';
import type { BartConfig } from '../../models/seq2seq/bart.ts';
import type { MarianConfig } from '../../models/seq2seq/marian.ts';
import { parseSeq2SeqConfig } from '../../models/seq2seq/registry.ts';
import type { T5Config } from '../../models/seq2seq/t5.ts';

/** The configuration of an encoder–decoder that can be created and trained. */
export type TrainableSeq2SeqConfig = T5Config | BartConfig | MarianConfig;

const TYPES = ['t5', 'mt5', 'bart', 'marian'];

const isTrainable = (config: { readonly modelType: string }): config is TrainableSeq2SeqConfig =>
  TYPES.includes(config.modelType);

/** Parses the config.json of an encoder–decoder to be created or trained. Throws `ConfigError` for one that can only be run. */
export function parseTrainableSeq2SeqConfig(json: unknown): TrainableSeq2SeqConfig {
  const config = parseSeq2SeqConfig(json);
  if (isTrainable(config)) return config;
  throw new ConfigError(
    `training: model_type of an encoder–decoder must be one of ${TYPES.join(', ')}, got ${JSON.stringify(config.modelType)}`,
  );
}
