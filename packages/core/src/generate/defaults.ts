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
  | 'numReturnSequences'
  | 'stopStrings'
>;

/** Generation options in a model's files. */
export interface GenerationDefaults extends Readonly<ConfigurableOptions> {
  /** Maximum tokens including the prompt or, for an encoder–decoder, the decoder's start token. */
  readonly maxLength?: number;
  readonly beginSuppressTokens?: readonly number[];
  readonly forcedEosTokenId?: number | readonly number[];
  readonly renormalizeLogits?: boolean;
  readonly eosTokenIds?: readonly number[];
  readonly bosTokenId?: number;
  readonly padTokenId?: number;
  readonly decoderStartTokenId?: number;
  /** Fields whose values would change the result and that are not implemented: generating with them is refused. */
  readonly unsupported?: readonly UnsupportedField[];
  /** By task name: prefix and defaults of the task (`task_specific_params` of config.json). */
  readonly tasks?: Readonly<Record<string, TaskDefaults>>;
}

export interface TaskDefaults extends GenerationDefaults {
  /** Text to put before the source, for example `summarize: `. */
  readonly prefix?: string;
}

/** A field of a generation_config.json that is not implemented, with its value. */
export interface UnsupportedField {
  readonly field: string;
  readonly value: unknown;
  /** The file, and where in it. */
  readonly where: string;
  /** Whether it changes sampled texts alone. */
  readonly samplingOnly: boolean;
}

type FieldType = 'number' | 'boolean' | 'early' | 'ids' | 'words' | 'id' | 'idOrIds' | 'texts';

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
  forced_bos_token_id: ['forcedBosTokenId', 'id'],
  forced_eos_token_id: ['forcedEosTokenId', 'idOrIds'],
  renormalize_logits: ['renormalizeLogits', 'boolean'],
  num_beams: ['numBeams', 'number'],
  length_penalty: ['lengthPenalty', 'number'],
  early_stopping: ['earlyStopping', 'early'],
  num_return_sequences: ['numReturnSequences', 'number'],
  stop_strings: ['stopStrings', 'texts'],
  eos_token_id: ['eosTokenIds', 'idOrIds'],
  bos_token_id: ['bosTokenId', 'id'],
  pad_token_id: ['padTokenId', 'id'],
  decoder_start_token_id: ['decoderStartTokenId', 'id'],
};

type Test = (value: unknown) => boolean;
const isOn: Test = (value) => value !== false;
const isNot =
  (...neutral: readonly unknown[]): Test =>
  (value) =>
    !neutral.includes(value);
const isBetween =
  (least: number, most: number): Test =>
  (value) =>
    !(typeof value === 'number' && (value <= least || value >= most));
const isFilled: Test = (value) => Object.keys(Object(value)).length > 0;

/**
 * The other fields of Transformers 5.17's `GenerationConfig` that change the tokens, with a test of values that do. Fields of caches, of
 * compilation, of outputs and of assisted generation, which gives the same tokens, are not among them.
 */
const UNSUPPORTED: Readonly<Record<string, Test>> = {
  max_time: isOn,
  cache_implementation: (value) => value === 'quantized',
  sequence_bias: isFilled,
  encoder_repetition_penalty: isNot(1),
  encoder_no_repeat_ngram_size: isNot(0),
  exponential_decay_length_penalty: isOn,
  token_healing: isOn,
  guidance_scale: isNot(1),
  watermarking_config: isOn,
  penalty_alpha: isNot(0),
  dola_layers: isOn,
  num_beam_groups: isNot(0, 1),
  constraints: isFilled,
  force_words_ids: isFilled,
  forced_decoder_ids: isFilled,
};

/** As {@link UNSUPPORTED}, of fields that change sampled tokens alone. */
const UNSUPPORTED_SAMPLING: Readonly<Record<string, Test>> = {
  top_h: isOn,
  typical_p: (value) => !(typeof value === 'number' && value >= 1),
  epsilon_cutoff: isBetween(0, 1),
  eta_cutoff: isBetween(0, 1),
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
    const value = { ...readFields(where, params), ...(prefix !== undefined && { prefix }) };
    // Not an assignment, which would set the prototype for `__proto__`.
    Object.defineProperty(tasks, task, { value, enumerable: true, configurable: true, writable: true });
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
    found[name] = CONVERSIONS[type]?.(value) ?? value;
  }
  const unsupported = unsupportedIn(where, values);
  return { ...found, ...(unsupported.length > 0 && { unsupported }) };
}

const toList = (value: unknown) => (Array.isArray(value) ? value : [value]);

const CONVERSIONS: Partial<Readonly<Record<FieldType, (value: unknown) => unknown>>> = {
  id: (value) => toList(value)[0],
  idOrIds: toList,
  texts: toList,
};

function unsupportedIn(where: string, values: Readonly<Record<string, unknown>>): UnsupportedField[] {
  const find = (tests: Readonly<Record<string, Test>>, samplingOnly: boolean) =>
    Object.entries(tests).flatMap(([field, changesResult]): UnsupportedField[] => {
      const value = Object.hasOwn(values, field) ? values[field] : undefined;
      if (value === undefined || value === null || !changesResult(value)) return [];
      return [{ field, value, where, samplingOnly }];
    });
  return [...find(UNSUPPORTED, false), ...find(UNSUPPORTED_SAMPLING, true)];
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
/** Negative ids stand for none in some files. */
const isId = (value: unknown): boolean => Number.isInteger(value) && Math.abs(value as number) < 2 ** 31;
const areIds = (value: unknown): boolean => Array.isArray(value) && value.every(isId);

const IS_VALID: Readonly<Record<FieldType, (value: unknown) => boolean>> = {
  number: isNumber,
  boolean: (value) => typeof value === 'boolean',
  early: (value) => typeof value === 'boolean' || value === 'never',
  ids: areIds,
  words: (value) => Array.isArray(value) && value.every(areIds),
  id: (value) => isId(value) || (areIds(value) && (value as unknown[]).length === 1),
  idOrIds: (value) => isId(value) || areIds(value),
  texts: (value) => toList(value).every((text) => typeof text === 'string'),
};

const DESCRIPTIONS: Readonly<Record<FieldType, string>> = {
  number: 'a number',
  boolean: 'true or false',
  early: "true, false or 'never'",
  ids: 'a list of ids',
  words: 'a list of lists of ids',
  id: 'an id or a list of one id',
  idOrIds: 'an id or a list of ids',
  texts: 'a string or a list of strings',
};

function objectOf(where: string, value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new ConfigError(`${where} must be an object, got ${JSON.stringify(value)?.slice(0, 80)}`);
}
