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

/** What a model's files say of how it wants to generate. */
export interface GenerationDefaults extends Readonly<ConfigurableOptions> {
  /** Most tokens with the prompt; of an encoder–decoder, with the token that the decoder starts with. */
  readonly maxLength?: number;
  readonly beginSuppressTokens?: readonly number[];
  readonly forcedEosTokenId?: number;
  readonly renormalizeLogits?: boolean;
  readonly eosTokenIds?: readonly number[];
  readonly bosTokenId?: number;
  readonly padTokenId?: number;
  readonly decoderStartTokenId?: number;
  /** By the name of a task: what goes before its texts, and its own defaults (config.json's `task_specific_params`). */
  readonly tasks?: Readonly<Record<string, TaskDefaults>>;
}

export interface TaskDefaults extends GenerationDefaults {
  readonly prefix?: string;
}

type Kind = 'number' | 'boolean' | 'early' | 'ids' | 'words' | 'idOrIds';

const FIELDS: Readonly<Record<string, readonly [keyof GenerationDefaults, Kind]>> = {
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
 * Reads how a model wants to generate: from its generation_config.json, or, of models that are older than that file, from config.json.
 * The ids of special tokens come from config.json where the other file lacks them. Throws `ConfigError` for values of a wrong type.
 */
export function readGenerationDefaults(config: unknown, generationConfig?: unknown): GenerationDefaults {
  const model = objectOf('config.json', config);
  const tasks: Record<string, TaskDefaults> = {};
  for (const [task, values] of Object.entries(
    objectOf('config.json: task_specific_params', model.task_specific_params ?? {}),
  )) {
    const where = `config.json: task_specific_params.${task}`;
    const own = objectOf(where, values);
    const { prefix } = own;
    if (prefix !== undefined && typeof prefix !== 'string')
      throw new ConfigError(`${where}.prefix must be a string, got ${JSON.stringify(prefix)}`);
    tasks[task] = { ...readFields(where, own), ...(prefix !== undefined && { prefix }) };
  }
  const named = Object.keys(tasks).length > 0 && { tasks };
  if (generationConfig === undefined) return { ...readFields('config.json', model), ...named };
  const special = Object.fromEntries(SPECIAL_TOKENS.map((field) => [field, model[field]]));
  const own = objectOf('generation_config.json', generationConfig);
  return { ...readFields('config.json', special), ...readFields('generation_config.json', own), ...named };
}

function readFields(where: string, values: Readonly<Record<string, unknown>>): GenerationDefaults {
  const found: Record<string, unknown> = {};
  for (const [field, [name, kind]] of Object.entries(FIELDS)) {
    const value = Object.hasOwn(values, field) ? values[field] : undefined;
    if (value === undefined || value === null) continue;
    if (!IS[kind](value)) {
      throw new ConfigError(
        `${where}: ${field} must be ${WORDS[kind]}, got ${JSON.stringify(value).slice(0, 80)}`,
      );
    }
    found[name] = kind === 'idOrIds' && !Array.isArray(value) ? [value] : value;
  }
  return found;
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const areIds = (value: unknown): boolean => Array.isArray(value) && value.every(isNumber);

const IS: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  number: isNumber,
  boolean: (value) => typeof value === 'boolean',
  early: (value) => typeof value === 'boolean' || value === 'never',
  ids: areIds,
  words: (value) => Array.isArray(value) && value.every(areIds),
  idOrIds: (value) => isNumber(value) || areIds(value),
};

const WORDS: Readonly<Record<Kind, string>> = {
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
