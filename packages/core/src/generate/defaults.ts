import { ConfigError } from '../errors.ts';
import type { GenerateOptions } from './options.ts';

/** Options that a generation_config.json may set. */
type ConfigurableOptions = Pick<
  GenerateOptions,
  | 'maxNewTokens'
  | 'minNewTokens'
  | 'minLength'
  | 'doSample'
  | 'temperature'
  | 'topK'
  | 'topP'
  | 'minP'
  | 'repetitionPenalty'
  | 'noRepeatNgramSize'
  | 'badWordsIds'
  | 'suppressTokens'
  | 'forcedBosTokenId'
  | 'numBeams'
  | 'lengthPenalty'
  | 'earlyStopping'
>;

/** Generation options in a model's files. */
export interface GenerationDefaults extends Readonly<ConfigurableOptions> {
  /** Maximum tokens including the prompt or, for an encoder–decoder, the decoder's start token. */
  readonly maxLength?: number;
  readonly beginSuppressTokens?: readonly number[];
  readonly forcedEosTokenId?: number;
  readonly renormalizeLogits?: boolean;
  readonly eosTokenIds?: readonly number[];
  readonly bosTokenId?: number;
  readonly padTokenId?: number;
  readonly decoderStartTokenId?: number;
  /** By task name: prefix and defaults of the task (`task_specific_params` of config.json). */
  readonly tasks?: Readonly<Record<string, TaskDefaults>>;
}

export interface TaskDefaults extends GenerationDefaults {
  /** Text to put before the source, for example `summarize: `. */
  readonly prefix?: string;
}

type FieldType = 'number' | 'boolean' | 'early' | 'ids' | 'words' | 'idOrIds';

const FIELDS: Readonly<Record<string, readonly [keyof GenerationDefaults, FieldType]>> = {
  max_new_tokens: ['maxNewTokens', 'number'],
  min_new_tokens: ['minNewTokens', 'number'],
  max_length: ['maxLength', 'number'],
  min_length: ['minLength', 'number'],
  do_sample: ['doSample', 'boolean'],
  temperature: ['temperature', 'number'],
  top_k: ['topK', 'number'],
  top_p: ['topP', 'number'],
  min_p: ['minP', 'number'],
  repetition_penalty: ['repetitionPenalty', 'number'],
  no_repeat_ngram_size: ['noRepeatNgramSize', 'number'],
  bad_words_ids: ['badWordsIds', 'words'],
  suppress_tokens: ['suppressTokens', 'ids'],
  begin_suppress_tokens: ['beginSuppressTokens', 'ids'],
  forced_bos_token_id: ['forcedBosTokenId', 'number'],
  forced_eos_token_id: ['forcedEosTokenId', 'number'],
  renormalize_logits: ['renormalizeLogits', 'boolean'],
  num_beams: ['numBeams', 'number'],
  length_penalty: ['lengthPenalty', 'number'],
  early_stopping: ['earlyStopping', 'early'],
  eos_token_id: ['eosTokenIds', 'idOrIds'],
  bos_token_id: ['bosTokenId', 'number'],
  pad_token_id: ['padTokenId', 'number'],
  decoder_start_token_id: ['decoderStartTokenId', 'number'],
};

const SPECIAL_TOKENS = ['eos_token_id', 'bos_token_id', 'pad_token_id', 'decoder_start_token_id'];

/**
 * Reads the generation options of generation_config.json or, for models without that file, of config.json. Ids of special tokens that
 * generation_config.json lacks are taken from config.json. Throws `ConfigError` for values of a wrong type.
 */
export function readGenerationDefaults(config: unknown, generationConfig?: unknown): GenerationDefaults {
  const model = objectOf('config.json', config);
  const tasks: Record<string, TaskDefaults> = {};
  for (const [task, values] of Object.entries(
    objectOf('config.json: task_specific_params', model.task_specific_params ?? {}),
  )) {
    const where = `config.json: task_specific_params.${task}`;
    const params = objectOf(where, values);
    const { prefix } = params;
    if (prefix !== undefined && typeof prefix !== 'string')
      throw new ConfigError(`${where}.prefix must be a string, got ${JSON.stringify(prefix)}`);
    tasks[task] = { ...readFields(where, params), ...(prefix !== undefined && { prefix }) };
  }
  const withTasks = Object.keys(tasks).length > 0 && { tasks };
  if (generationConfig === undefined) return { ...readFields('config.json', model), ...withTasks };
  const special = Object.fromEntries(SPECIAL_TOKENS.map((field) => [field, model[field]]));
  const generation = objectOf('generation_config.json', generationConfig);
  return {
    ...readFields('config.json', special),
    ...readFields('generation_config.json', generation),
    ...withTasks,
  };
}

function readFields(where: string, values: Readonly<Record<string, unknown>>): GenerationDefaults {
  const found: Record<string, unknown> = {};
  for (const [field, [name, type]] of Object.entries(FIELDS)) {
    const value = Object.hasOwn(values, field) ? values[field] : undefined;
    if (value === undefined || value === null) continue;
    if (!IS_VALID[type](value)) {
      throw new ConfigError(
        `${where}: ${field} must be ${DESCRIPTIONS[type]}, got ${JSON.stringify(value).slice(0, 80)}`,
      );
    }
    found[name] = type === 'idOrIds' && !Array.isArray(value) ? [value] : value;
  }
  return found;
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const areIds = (value: unknown): boolean => Array.isArray(value) && value.every(isNumber);

const IS_VALID: Readonly<Record<FieldType, (value: unknown) => boolean>> = {
  number: isNumber,
  boolean: (value) => typeof value === 'boolean',
  early: (value) => typeof value === 'boolean' || value === 'never',
  ids: areIds,
  words: (value) => Array.isArray(value) && value.every(areIds),
  idOrIds: (value) => isNumber(value) || areIds(value),
};

const DESCRIPTIONS: Readonly<Record<FieldType, string>> = {
  number: 'a number',
  boolean: 'true or false',
  early: "true, false or 'never'",
  ids: 'a list of ids',
  words: 'a list of lists of ids',
  idOrIds: 'an id or a list of ids',
};

function objectOf(where: string, value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new ConfigError(`${where} must be an object, got ${JSON.stringify(value)?.slice(0, 80)}`);
}
