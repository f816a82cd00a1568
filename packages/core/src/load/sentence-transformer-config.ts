import { ConfigError } from '../errors.ts';
import type { SentenceSettings } from '../models/encoders/pooling.ts';
import type { RepositoryFiles } from '../weights/sources/repository.ts';
import { type Json, objectOf } from './sentence-values.ts';

/** Names of the module's file, in the order in which sentence-transformers tries them. */
const FILES = ['bert', 'roberta', 'distilbert', 'camembert', 'albert', 'xlm-roberta', 'xlnet'].map(
  (model) => `sentence_${model}_config.json`,
);

/** Values that have no effect on vectors, by field; anything else there is refused. */
const NEUTRAL: Readonly<Record<string, readonly string[]>> = {
  model_args: [
    'add_pooling_layer',
    'attn_implementation',
    'device_map',
    'dtype',
    'low_cpu_mem_usage',
    'torch_dtype',
    'trust_remote_code',
    'use_safetensors',
  ],
  tokenizer_args: ['model_max_length', 'padding_side', 'trust_remote_code', 'use_fast'],
  config_args: ['trust_remote_code'],
};
const NEWER_NAMES: Readonly<Record<string, string>> = {
  model_args: 'model_kwargs',
  tokenizer_args: 'processor_kwargs',
  config_args: 'config_kwargs',
};

/**
 * The settings of the module Transformer, in the folder `path`: `max_seq_length` and `do_lower_case`. Rejects with `ConfigError` for values that would
 * change the vectors and are not supported.
 */
export async function readTransformerSettings(
  files: RepositoryFiles,
  path: string,
): Promise<Pick<SentenceSettings, 'maxSeqLength' | 'lowerCase'>> {
  if (path !== '') {
    throw new ConfigError(
      `modules.json: the path of Transformer must be the repository itself, got ${JSON.stringify(path)}; load that folder as a source of its own, with modules.json in it`,
    );
  }
  for (const name of FILES) {
    if (await files.has(name)) return settingsOf(objectOf(await files.json(name), name), name);
  }
  return {};
}

function settingsOf(config: Json, name: string): Pick<SentenceSettings, 'maxSeqLength' | 'lowerCase'> {
  const refuse = (field: string, expected: string): never => {
    throw new ConfigError(`${name}: ${field} must be ${expected}, got ${JSON.stringify(config[field])}`);
  };
  const { do_lower_case: lowerCase = false, transformer_task: task = 'feature-extraction' } = config;
  if (typeof lowerCase !== 'boolean') refuse('do_lower_case', 'true or false');
  if (task !== 'feature-extraction') refuse('transformer_task', 'feature-extraction');
  if ((config.module_output_name ?? 'token_embeddings') !== 'token_embeddings') {
    refuse('module_output_name', 'token_embeddings');
  }
  for (const field of ['query_length', 'document_length', 'query_expansion', 'processing_kwargs']) {
    const value = config[field] ?? undefined;
    if (value !== undefined && JSON.stringify(value) !== '{}') refuse(field, 'absent');
  }
  for (const [field, known] of Object.entries(NEUTRAL)) {
    for (const key of [field, NEWER_NAMES[field]!]) {
      const values = objectOf(config[key] ?? {}, `${name}: ${key}`);
      const other = Object.keys(values).find((one) => !known.includes(one));
      if (other !== undefined) refuse(key, `without ${other}`);
    }
  }
  const tokenizer = objectOf(config.processor_kwargs ?? config.tokenizer_args ?? {}, name);
  const length = tokenizer.model_max_length ?? config.max_seq_length ?? undefined;
  if (length !== undefined && !(Number.isSafeInteger(length) && (length as number) >= 1)) {
    throw new ConfigError(
      `${name}: max_seq_length must be a whole number of at least 1, got ${JSON.stringify(length)}`,
    );
  }
  return {
    ...(length !== undefined && { maxSeqLength: length as number }),
    ...(lowerCase === true && { lowerCase }),
  };
}
