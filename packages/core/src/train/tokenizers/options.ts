import { ConfigError } from '../../errors.ts';
import { checkOptions as checkNames } from '../../options.ts';
import type { TokenizerComponent } from './count-words.ts';
import type { TrainingControlOptions } from './training-control.ts';

/** Options of all tokenizer trainers. */
export interface TokenizerTrainingOptions extends TrainingControlOptions {
  /** Tokens that get the first ids, in this order, and are never split. */
  specialTokens?: readonly string[];
  /** Characters that the vocabulary contains even if the corpus does not. */
  initialAlphabet?: readonly string[];
  /** The normalizer of tokenizer.json, applied before words are counted; null: none. */
  normalizer?: TokenizerComponent;
  /** The pre-tokenizer of tokenizer.json, which splits texts into words; null: none. */
  preTokenizer?: TokenizerComponent;
  /** The post-processor of tokenizer.json, which adds special tokens; null: none. */
  postProcessor?: TokenizerComponent;
  /** The decoder of tokenizer.json; null: tokens are joined with spaces. */
  decoder?: TokenizerComponent;
}

/** A condition on the value of an option. */
interface OptionRule {
  readonly expected: string;
  readonly accepts: (value: unknown) => boolean;
}

const isInteger = (value: unknown, from: number) => Number.isSafeInteger(value) && (value as number) >= from;
const isString = (value: unknown) => typeof value === 'string';
const isComponent = (value: unknown) =>
  value === null || (typeof value === 'object' && typeof (value as { type?: unknown }).type === 'string');
const component: OptionRule = { expected: 'an object with a type, or null', accepts: isComponent };

/** Rules by the kind of value. */
export const rules = {
  positiveInteger: { expected: 'a positive integer', accepts: (value) => isInteger(value, 1) },
  count: { expected: 'an integer of at least 0', accepts: (value) => isInteger(value, 0) },
  fraction: {
    expected: 'a number greater than 0 and less than 1',
    accepts: (value) => typeof value === 'number' && value > 0 && value < 1,
  },
  boolean: { expected: 'a boolean', accepts: (value) => typeof value === 'boolean' },
  string: { expected: 'a string', accepts: isString },
  token: { expected: 'a string that is not empty', accepts: (value) => isString(value) && value !== '' },
  pieceLength: {
    expected: 'an integer from 1 to 255',
    accepts: (value) => isInteger(value, 1) && (value as number) <= 255,
  },
} satisfies Record<string, OptionRule>;

const sharedRules: Readonly<Record<keyof TokenizerTrainingOptions, OptionRule>> = {
  specialTokens: {
    expected: 'a list of different strings that are not empty',
    accepts: (value) =>
      Array.isArray(value) && value.every(rules.token.accepts) && new Set(value).size === value.length,
  },
  initialAlphabet: {
    expected: 'a list of single characters',
    accepts: (value) =>
      Array.isArray(value) && value.every((entry) => isString(entry) && [...entry].length === 1),
  },
  normalizer: component,
  preTokenizer: component,
  postProcessor: component,
  decoder: component,
  onProgress: { expected: 'a function', accepts: (value) => typeof value === 'function' },
  signal: { expected: 'an AbortSignal', accepts: (value) => value instanceof AbortSignal },
};

/** Throws `ConfigError` for an option that `call` does not have and for a value that breaks the option's rule. */
export function checkOptions(call: string, options: object, own: Readonly<Record<string, OptionRule>>): void {
  const known: Readonly<Record<string, OptionRule>> = { ...sharedRules, ...own };
  checkNames(call, options, Object.fromEntries(Object.keys(known).map((name) => [name, true])));
  for (const [name, value] of Object.entries(options)) {
    const rule = known[name]!;
    if (value !== undefined && !rule.accepts(value)) {
      throw new ConfigError(`${call}: ${name} must be ${rule.expected}, got ${describe(value)}`);
    }
  }
}

function describe(value: unknown): string {
  return typeof value === 'string' || (typeof value === 'object' && value !== null)
    ? JSON.stringify(value)
    : String(value);
}
