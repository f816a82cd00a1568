// The configuration of `npm run train`: its form, and checks with errors that name the value and what was expected.

import { availableBackends, type BackendName, ConfigError } from '@headwise/core';
import type { DropoutRates, EarlyStoppingOptions, OptimizerChoice } from '@headwise/core/train';

export const TASKS = [
  'causalLM',
  'maskedLM',
  'sequenceClassification',
  'multiLabelClassification',
  'regression',
  'tokenClassification',
  'seq2SeqLM',
] as const;

export type TaskName = (typeof TASKS)[number];

/** A model to create, or one to train further. */
export type ModelConfig =
  | { readonly config: Readonly<Record<string, unknown>>; readonly seed?: number }
  | { readonly source: string; readonly seed?: number };

/** A tokenizer to load, or one to train on the training data. */
export type TokenizerConfig =
  | { readonly source: string }
  | {
      readonly algorithm: 'bpe' | 'wordPiece' | 'unigram';
      readonly vocabSize: number;
      readonly specialTokens?: readonly string[];
    };

export interface DataConfig {
  readonly train: readonly string[];
  readonly eval?: readonly string[];
  /** Share of the training examples that is set apart for evaluations. */
  readonly evalFraction?: number;
  /** Tokens of an example of causal language modelling. */
  readonly blockSize?: number;
  /** Most tokens of a text for other tasks. */
  readonly maxLength?: number;
}

/** Options of `Trainer` that a file can have. */
export interface TrainingConfig {
  readonly epochs?: number;
  readonly maxSteps?: number;
  readonly batchSize?: number;
  readonly maxTokensPerBatch?: number;
  readonly gradientAccumulation?: number;
  readonly shuffle?: boolean;
  readonly bucketByLength?: boolean;
  readonly seed?: number;
  readonly optimizer?: OptimizerChoice | OptimizerChoice['type'];
  readonly learningRate?: number;
  readonly weightDecay?: number;
  readonly schedule?: 'constant' | 'linear' | 'cosine' | 'inverseSqrt';
  readonly warmupSteps?: number;
  readonly warmupRatio?: number;
  readonly maxGradNorm?: number;
  /** True: the rates of the model's configuration. */
  readonly dropout?: boolean | DropoutRates;
  readonly labelSmoothing?: number;
  readonly freeze?: readonly string[];
  readonly evaluateEvery?: number;
  readonly earlyStopping?: EarlyStoppingOptions;
  readonly divergenceFactor?: number;
}

export interface TrainConfig {
  readonly model: ModelConfig;
  /** Default: that of `model.source`. */
  readonly tokenizer?: TokenizerConfig;
  readonly task: TaskName;
  readonly data: DataConfig;
  readonly training: TrainingConfig;
  /** The directory of the trained model and of the checkpoints. */
  readonly output: string;
  readonly checkpointEvery?: number;
  readonly keepCheckpoints?: number;
  readonly backend?: BackendName;
}

/** What a value must be, and the test of it. */
interface Rule {
  readonly expected: string;
  accepts(value: unknown): boolean;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown) => typeof value === 'string' && value !== '';
const number: Rule = { expected: 'a number', accepts: (value) => typeof value === 'number' };
const flag: Rule = { expected: 'true or false', accepts: (value) => typeof value === 'boolean' };
const text: Rule = { expected: 'a string that is not empty', accepts: isText };
const texts: Rule = {
  expected: 'a list of strings that are not empty',
  accepts: (value) => Array.isArray(value) && value.every(isText),
};
const files: Rule = {
  expected: 'a list of at least one path',
  accepts: (value) => texts.accepts(value) && (value as readonly unknown[]).length > 0,
};
const object: Rule = { expected: 'an object', accepts: isObject };
const oneOf = (...names: readonly string[]): Rule => ({
  expected: `one of ${names.join(', ')}`,
  accepts: (value) => names.some((name) => name === value),
});

type Rules<T> = Readonly<Record<keyof T & string, Rule>>;

const TOP: Rules<TrainConfig> = {
  model: object,
  tokenizer: object,
  task: oneOf(...TASKS),
  data: object,
  training: object,
  output: text,
  checkpointEvery: number,
  keepCheckpoints: number,
  backend: oneOf(...availableBackends()),
};

const DATA: Rules<DataConfig> = {
  train: files,
  eval: files,
  evalFraction: {
    expected: 'a number above 0 and below 1',
    accepts: (value) => typeof value === 'number' && value > 0 && value < 1,
  },
  blockSize: number,
  maxLength: number,
};

const TRAINING: Rules<TrainingConfig> = {
  epochs: number,
  maxSteps: number,
  batchSize: number,
  maxTokensPerBatch: number,
  gradientAccumulation: number,
  shuffle: flag,
  bucketByLength: flag,
  seed: number,
  optimizer: {
    expected: 'adamw, adam or sgd, or an object with such a type',
    accepts: (value) => isText(value) || isObject(value),
  },
  learningRate: number,
  weightDecay: number,
  schedule: oneOf('constant', 'linear', 'cosine', 'inverseSqrt'),
  warmupSteps: number,
  warmupRatio: number,
  maxGradNorm: number,
  dropout: {
    expected: 'true, false, or an object of rates',
    accepts: (value) => flag.accepts(value) || isObject(value),
  },
  labelSmoothing: number,
  freeze: texts,
  evaluateEvery: number,
  earlyStopping: object,
  divergenceFactor: number,
};

const CREATED_MODEL = { config: object, seed: number };
const LOADED_MODEL = { source: text, seed: number };
const LOADED_TOKENIZER = { source: text };
const TRAINED_TOKENIZER = {
  algorithm: oneOf('bpe', 'wordPiece', 'unigram'),
  vocabSize: number,
  specialTokens: texts,
};
const EARLY_STOPPING: Rules<EarlyStoppingOptions> = {
  patience: number,
  metric: text,
  greaterIsBetter: flag,
  minDelta: number,
};

/**
 * Checks a parsed configuration. Throws `ConfigError` for unknown, missing and invalid values. Ranges of numbers are checked by `Trainer` and
 * by the functions that use them.
 */
export function readTrainConfig(json: unknown): TrainConfig {
  const config = check(json, '', TOP, ['model', 'task', 'data', 'output']);
  check(config.data, 'data.', DATA, ['train']);
  const training = check(config.training ?? {}, 'training.', TRAINING, []);
  if (training.earlyStopping)
    check(training.earlyStopping, 'training.earlyStopping.', EARLY_STOPPING, ['patience']);
  checkEither(config.model, 'model', { config: CREATED_MODEL, source: LOADED_MODEL });
  if (config.tokenizer !== undefined) {
    checkEither(config.tokenizer, 'tokenizer', { source: LOADED_TOKENIZER, algorithm: TRAINED_TOKENIZER });
    if ('algorithm' in (config.tokenizer as object))
      check(config.tokenizer, 'tokenizer.', TRAINED_TOKENIZER, ['vocabSize']);
  } else if (!('source' in (config.model as object))) {
    throw new ConfigError('train: tokenizer is missing; a model that is created needs one');
  }
  return { ...(config as unknown as TrainConfig), training };
}

function check(
  value: unknown,
  path: string,
  rules: Readonly<Record<string, Rule>>,
  required: readonly string[],
): Readonly<Record<string, unknown>> {
  if (!isObject(value)) {
    throw new ConfigError(
      `train: ${path.slice(0, -1) || 'the configuration'} must be an object, got ${describe(value)}`,
    );
  }
  for (const [name, own] of Object.entries(value)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (!rule) {
      throw new ConfigError(
        `train: there is no ${path}${name}; expected one of ${Object.keys(rules).join(', ')}`,
      );
    }
    if (!rule.accepts(own)) {
      throw new ConfigError(`train: ${path}${name} must be ${rule.expected}, got ${describe(own)}`);
    }
  }
  const missing = required.find((name) => !Object.hasOwn(value, name));
  if (missing !== undefined) throw new ConfigError(`train: ${path}${missing} is missing`);
  return value;
}

/** Checks an object of one of two kinds, each known by one of its names. */
function checkEither(
  value: unknown,
  path: string,
  kinds: Readonly<Record<string, Readonly<Record<string, Rule>>>>,
): void {
  const names = Object.keys(kinds);
  const found = names.filter((name) => Object.hasOwn(value as object, name));
  if (found.length !== 1) {
    throw new ConfigError(`train: ${path} must have either ${names.join(' or ')}, got ${describe(value)}`);
  }
  check(value, `${path}.`, kinds[found[0]!]!, []);
}

function describe(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 80);
}
