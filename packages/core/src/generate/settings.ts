import { ConfigError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { checkOptions, type OptionKind } from '../options.ts';
import { randomSeed } from '../platform/random.ts';
import { showValue } from '../show-value.ts';
import type { GenerationDefaults } from './defaults.ts';
import type { LogitsProcessor } from './logits/processors.ts';
import { GENERATE_OPTIONS, type GenerateOptions } from './options.ts';

/** Resolved options: the caller's, else those of the model's files, else Hugging Face's defaults. */
export interface GenerationSettings {
  /** Not yet limited by the model's context. */
  readonly maxNewTokens: number | undefined;
  readonly maxLength: number | undefined;
  readonly minNewTokens: number;
  readonly minLength: number;
  readonly doSample: boolean;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly minP: number;
  readonly seed: number;
  readonly repetitionPenalty: number;
  readonly noRepeatNgramSize: number;
  readonly logitBias: ReadonlyMap<number, number>;
  readonly badWordsIds: readonly (readonly number[])[];
  readonly suppressTokens: readonly number[];
  readonly beginSuppressTokens: readonly number[];
  readonly forcedBosTokenId: number | undefined;
  /** Any of these is the last token when the maximum length is reached; empty for no such rule. */
  readonly forcedEosTokenIds: readonly number[];
  readonly renormalizeLogits: boolean;
  readonly logitsProcessors: readonly LogitsProcessor[];
  readonly numBeams: number;
  readonly lengthPenalty: number;
  readonly earlyStopping: boolean | 'never';
  readonly numReturnSequences: number;
  readonly eosTokens: readonly number[];
  /** End-of-sequence tokens and the caller's stop tokens. */
  readonly stopTokens: ReadonlySet<number>;
  readonly stopStrings: readonly string[];
  readonly topLogProbs: number;
  readonly logProbs: boolean;
  readonly alignments: boolean;
  readonly truncatePrompt: 'left' | 'right' | undefined;
  readonly skipSpecialTokens: boolean;
  readonly batchSize: number;
}

const DEFAULT_NEW_TOKENS = 256;
const DEFAULT_TOP_K = 50;
const DEFAULT_BATCH_SIZE = 8;
const MAX_SEED = 2 ** 32 - 1;

/** Maximum number of new tokens after a prompt of this length, not limited by the model's context. */
export function newTokensAfter(settings: GenerationSettings, promptLength: number): number {
  const { maxNewTokens, maxLength } = settings;
  if (maxNewTokens !== undefined) return maxNewTokens;
  const left = maxLength === undefined ? 0 : maxLength - promptLength;
  return left > 0 ? Math.min(left, LIMITS.newTokens) : DEFAULT_NEW_TOKENS;
}

/**
 * Resolves options against a model's defaults. Throws `ConfigError` for an invalid option; `task` begins the message. `more` has the names of the call's
 * further options as keys.
 */
export function resolveSettings(
  task: string,
  options: GenerateOptions,
  defaults: GenerationDefaults,
  vocabSize: number,
  more: Readonly<Record<string, OptionKind>> = {},
): GenerationSettings {
  checkOptions(task, options, GENERATE_OPTIONS, more);
  const requested = requestedSampling(task, options);
  const doSample = requested ?? ((defaults.doSample ?? false) && defaults.temperature !== 0);
  if (options.seed !== undefined && !doSample && requested === undefined)
    throw new ConfigError(`${task}: seed has no effect without sampling; set doSample or temperature`);
  // A file's temperature of 0 means greedy search; when the caller switches sampling on, it does not apply.
  const fileTemperature = defaults.temperature === 0 ? undefined : defaults.temperature;
  checkLists(task, options);
  checkFields(task, defaults, doSample);
  // Ids in files that the vocabulary does not have, such as GPT-2's default 50256 beside a smaller vocabulary, are never generated.
  const fileEosTokens = defaults.eosTokenIds?.filter((id) => isId(id, vocabSize));
  const eosTokens = toList(options.eosTokenId === undefined ? fileEosTokens : options.eosTokenId);
  const stopTokens = options.stopTokens ?? [];
  const settings: GenerationSettings = {
    maxNewTokens: options.maxNewTokens ?? defaults.maxNewTokens,
    // The caller's length overrides any in a file.
    maxLength: options.maxNewTokens === undefined ? defaults.maxLength : undefined,
    // In files −1 stands for no minimum.
    minNewTokens: options.minNewTokens ?? Math.max(0, defaults.minNewTokens ?? 0),
    minLength: options.minLength ?? Math.max(0, defaults.minLength ?? 0),
    doSample,
    temperature: doSample ? (options.temperature ?? fileTemperature ?? 1) : 1,
    // The caller's values are checked even if temperature: 0 leaves them unused.
    topK: options.topK ?? (doSample ? (defaults.topK ?? DEFAULT_TOP_K) : 0),
    topP: options.topP ?? (doSample ? (defaults.topP ?? 1) : 1),
    minP: options.minP ?? (doSample ? (defaults.minP ?? 0) : 0),
    seed: options.seed ?? (doSample ? randomSeed() : 0),
    repetitionPenalty: options.repetitionPenalty ?? defaults.repetitionPenalty ?? 1,
    noRepeatNgramSize: options.noRepeatNgramSize ?? defaults.noRepeatNgramSize ?? 0,
    logitBias: new Map(Object.entries(options.logitBias ?? {}).map(([id, bias]) => [Number(id), bias])),
    badWordsIds: options.badWordsIds ?? defaults.badWordsIds ?? [],
    suppressTokens: options.suppressTokens ?? defaults.suppressTokens ?? [],
    beginSuppressTokens: defaults.beginSuppressTokens ?? [],
    forcedBosTokenId: orDefault(options.forcedBosTokenId, defaults.forcedBosTokenId),
    forcedEosTokenIds: toList(
      options.forcedEosTokenId === undefined ? defaults.forcedEosTokenId : options.forcedEosTokenId,
    ),
    renormalizeLogits: defaults.renormalizeLogits ?? false,
    logitsProcessors: options.logitsProcessors ?? [],
    // Sampling requested by the caller overrides the beams of a file.
    numBeams: options.numBeams ?? (requested ? 1 : (defaults.numBeams ?? 1)),
    lengthPenalty: options.lengthPenalty ?? defaults.lengthPenalty ?? 1,
    earlyStopping: options.earlyStopping ?? defaults.earlyStopping ?? false,
    numReturnSequences: options.numReturnSequences ?? defaults.numReturnSequences ?? 1,
    eosTokens,
    stopTokens: new Set([...eosTokens, ...stopTokens]),
    stopStrings: options.stopStrings ?? defaults.stopStrings ?? [],
    topLogProbs: options.topLogProbs ?? 0,
    logProbs: (options.topLogProbs ?? 0) > 0 || (options.logProbs ?? false),
    alignments: options.alignments ?? false,
    truncatePrompt: options.truncatePrompt,
    skipSpecialTokens: options.skipSpecialTokens ?? true,
    batchSize: options.batchSize ?? DEFAULT_BATCH_SIZE,
  };
  checkValues(task, settings, vocabSize);
  checkCombination(task, settings, options);
  return settings;
}

const SAMPLING_OPTIONS = ['temperature', 'topK', 'topP', 'minP'] as const;

/**
 * Whether the caller's options switch sampling on or off; undefined if they leave it to the model's files. `temperature: 0` switches it
 * off, any other value of `temperature`, `topK`, `topP` or `minP` on. Throws `ConfigError` if `doSample` says the opposite.
 */
function requestedSampling(task: string, options: GenerateOptions): boolean | undefined {
  const { doSample, temperature } = options;
  const given = SAMPLING_OPTIONS.find(
    (name) => options[name] !== undefined && !(name === 'temperature' && temperature === 0),
  );
  if (doSample === false && given !== undefined)
    throw new ConfigError(`${task}: ${given} has no effect with doSample: false`);
  if (doSample === true && temperature === 0)
    throw new ConfigError(`${task}: temperature must be a number above 0 with doSample: true, got 0`);
  if (doSample !== undefined) return doSample;
  if (temperature === 0) return false;
  return given === undefined ? undefined : true;
}

/** Throws `ConfigError` for settings with several candidate texts, which cannot be streamed. */
export function checkStreamable(task: string, settings: GenerationSettings): GenerationSettings {
  if (settings.numBeams === 1 && settings.numReturnSequences === 1) return settings;
  throw new ConfigError(
    `${task}: numBeams and numReturnSequences must be 1; the best text is known only at the end`,
  );
}

/** Checks option types that `resolveSettings` relies on before all values are checked. */
function checkLists(task: string, { stopTokens, eosTokenId, logitBias, record }: GenerateOptions): void {
  const isIds = eosTokenId == null || typeof eosTokenId === 'number' || Array.isArray(eosTokenId);
  if (!isIds)
    throw new ConfigError(
      `${task}: eosTokenId must be an id, a list of ids or null, got ${describe(eosTokenId)}`,
    );
  if (record?.some((name) => typeof name !== 'string'))
    throw new ConfigError(`${task}: record must be a list of names of activations, got ${describe(record)}`);
  if (stopTokens !== undefined && !Array.isArray(stopTokens))
    throw new ConfigError(`${task}: stopTokens must be a list of ids, got ${describe(stopTokens)}`);
  if (logitBias !== undefined && (typeof logitBias !== 'object' || logitBias === null))
    throw new ConfigError(`${task}: logitBias must be an object, got ${describe(logitBias)}`);
}

/** Throws `ConfigError` for a value in the model's files that would change the tokens and is not implemented. */
function checkFields(task: string, { unsupported = [] }: GenerationDefaults, doSample: boolean): void {
  const active = unsupported.find(({ samplingOnly }) => doSample || !samplingOnly);
  if (!active) return;
  const { where, field, value } = active;
  throw new ConfigError(
    `${task}: ${where} sets ${field} to ${JSON.stringify(value).slice(0, 80)}, which is not supported; without it the model would give other tokens than its authors intended, so remove it from the file to generate anyway`,
  );
}

function toList(ids: number | readonly number[] | null | undefined): readonly number[] {
  return typeof ids === 'number' ? [ids] : (ids ?? []);
}

/** The option, else the default; null stands for none. */
function orDefault(
  option: number | null | undefined,
  fallback: number | null | undefined,
): number | undefined {
  return (option === undefined ? fallback : option) ?? undefined;
}

type Rule = readonly [isValid: (value: never) => boolean, expected: string];
const integer = (min: number, max = Number.MAX_SAFE_INTEGER): Rule => [
  (value: number) => Number.isSafeInteger(value) && value >= min && value <= max,
  max === Number.MAX_SAFE_INTEGER
    ? `a whole number of at least ${min}`
    : `a whole number from ${min} to ${max}`,
];
const idList = (vocabSize: number): Rule => [
  (value: readonly number[]) => Array.isArray(value) && value.every((id) => isId(id, vocabSize)),
  `a list of ids from 0 to ${vocabSize - 1}`,
];
const isId = (id: number, vocabSize: number) => Number.isSafeInteger(id) && id >= 0 && id < vocabSize;
const flag: Rule = [(value: unknown) => typeof value === 'boolean', 'true or false'];

function checkValues(task: string, settings: GenerationSettings, vocabSize: number): void {
  const rules: Partial<Record<keyof GenerationSettings, Rule>> = {
    maxNewTokens: integer(1, LIMITS.newTokens),
    minNewTokens: integer(0),
    minLength: integer(0),
    doSample: flag,
    temperature: [(value: number) => value > 0 && value < Infinity, 'a number of at least 0'],
    topK: integer(0),
    topP: [(value: number) => value > 0 && value <= 1, 'a number above 0 and up to 1'],
    minP: [(value: number) => value >= 0 && value <= 1, 'a number from 0 to 1'],
    seed: integer(0, MAX_SEED),
    repetitionPenalty: [(value: number) => value > 0 && value < Infinity, 'a number above 0'],
    noRepeatNgramSize: integer(0),
    logitBias: [
      (biases: ReadonlyMap<number, number>) =>
        [...biases].every(([id, bias]) => isId(id, vocabSize) && typeof bias === 'number' && bias < Infinity),
      `finite numbers or -Infinity by ids from 0 to ${vocabSize - 1}`,
    ],
    badWordsIds: [
      (words: readonly (readonly number[])[]) =>
        Array.isArray(words) &&
        words.every((word) => Array.isArray(word) && word.length > 0 && word.every(Number.isSafeInteger)),
      'a list of lists of ids, none of them empty',
    ],
    suppressTokens: [
      (value: unknown) => Array.isArray(value) && value.every(Number.isSafeInteger),
      'a list of ids',
    ],
    logitsProcessors: [
      (list: unknown) => Array.isArray(list) && list.every((one) => typeof one === 'function'),
      'a list of functions',
    ],
    forcedBosTokenId: integer(0, vocabSize - 1),
    forcedEosTokenIds: idList(vocabSize),
    numBeams: integer(1, LIMITS.sequences),
    lengthPenalty: [Number.isFinite, 'a number'],
    earlyStopping: [
      (value: unknown) => typeof value === 'boolean' || value === 'never',
      "true, false or 'never'",
    ],
    numReturnSequences: integer(1, LIMITS.sequences),
    eosTokens: idList(vocabSize),
    stopTokens: [
      (tokens: ReadonlySet<number>) => [...tokens].every((id) => isId(id, vocabSize)),
      `a list of ids from 0 to ${vocabSize - 1}`,
    ],
    stopStrings: [
      (strings: readonly string[]) =>
        Array.isArray(strings) && strings.every((text) => typeof text === 'string' && text !== ''),
      'a list of strings, none of them empty',
    ],
    topLogProbs: integer(0),
    logProbs: flag,
    alignments: flag,
    truncatePrompt: [(side: string) => ['left', 'right'].includes(side), "'left' or 'right'"],
    skipSpecialTokens: flag,
    batchSize: integer(1),
  };
  for (const [name, [isValid, expected]] of Object.entries(rules)) {
    const value = settings[name as keyof GenerationSettings];
    if (value === undefined || isValid(value as never)) continue;
    const option = name === 'eosTokens' ? 'eosTokenId' : name.replace('TokenIds', 'TokenId');
    throw new ConfigError(`${task}: ${option} must be ${expected}, got ${describe(value)}`);
  }
}

function checkCombination(task: string, settings: GenerationSettings, options: GenerateOptions): void {
  const { numBeams, doSample, numReturnSequences, stopStrings } = settings;
  const fail = (message: string): never => {
    throw new ConfigError(`${task}: ${message}`);
  };
  if (numBeams === 1) {
    if (numReturnSequences > 1 && !doSample)
      fail(
        'numReturnSequences above 1 needs sampling (doSample: true) or numBeams: greedy search gives one text',
      );
    return;
  }
  if (doSample)
    fail('sampling (doSample, temperature, topK, topP, minP) and numBeams above 1 exclude each other');
  if (numReturnSequences > numBeams)
    fail(`numReturnSequences must be at most numBeams, got ${numReturnSequences} and ${numBeams}`);
  if (stopStrings.length > 0) fail('stopStrings need numBeams 1');
  if (options.record) fail('record needs numBeams 1');
  if (options.onToken) fail('onToken needs numBeams 1; the best text is known only at the end');
}

function describe(value: unknown): string {
  if (value instanceof Map) return showValue(Object.fromEntries(value));
  if (value instanceof Set) return showValue([...value]);
  return typeof value === 'number' ? String(value) : showValue(value);
}
