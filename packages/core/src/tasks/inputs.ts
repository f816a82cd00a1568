import { ConfigError, ContextLengthError } from '../errors.ts';
import type { Prompt } from '../generate/options.ts';
import { describeValue } from '../options.ts';
import type { Tokenizer } from '../text/tokenizer.ts';

/** Two texts that a model reads as a pair, such as a premise and a hypothesis. */
export interface TextPair {
  readonly text: string;
  readonly pair: string;
}

/** A text or a pair of texts. */
export type TextInput = string | TextPair;

/** What loads a model of each kind. */
const LOADERS = {
  encoder: 'loadEncoder',
  causalLM: 'loadCausalLM',
  seq2seqLM: 'loadSeq2SeqLM',
} as const;

/** Throws `ConfigError` unless the value is a loaded model of one of these kinds. */
export function requireModel(
  task: string,
  value: unknown,
  ...kinds: readonly [keyof typeof LOADERS, ...(keyof typeof LOADERS)[]]
): void {
  const kind = (value as { readonly kind?: unknown } | null | undefined)?.kind;
  if (kinds.includes(kind as never)) return;
  const needed = kinds.map((one) => `await ${LOADERS[one]}(…)`).join(' or ');
  const got =
    value instanceof Promise
      ? 'a promise of one, which is to be awaited'
      : typeof kind === 'string'
        ? `a model of kind ${kind}`
        : describeValue(value);
  throw new ConfigError(`${task}: needs a loaded model: ${needed}; got ${got}`);
}

/** Throws `ConfigError` unless the value is a string. */
export function requireText(task: string, role: string, value: unknown): asserts value is string {
  if (typeof value !== 'string')
    throw new ConfigError(`${task}: ${role} must be a string, got ${typeof value}`);
}

/** Throws `ConfigError` unless the value is an array of strings. */
export function requireTexts(
  task: string,
  role: string,
  values: unknown,
): asserts values is readonly string[] {
  if (!Array.isArray(values))
    throw new ConfigError(`${task}: ${role} must be an array of strings, got ${typeof values}`);
  const wrong = values.findIndex((value) => typeof value !== 'string');
  if (wrong >= 0)
    throw new ConfigError(`${task}: ${role} must be strings, got ${typeof values[wrong]} at index ${wrong}`);
}

/** Throws `ConfigError` unless the value is an integer of at least 1. */
export function requireCount(task: string, role: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1) return;
  throw new ConfigError(`${task}: ${role} must be a whole number of at least 1, got ${describeValue(value)}`);
}

/** Token ids of a prompt, with the tokenizer's special tokens. Throws `ConfigError` unless it is a string or an `Int32Array`. */
export function promptIds(task: string, tokenizer: Tokenizer, prompt: Prompt): Int32Array {
  if (typeof prompt === 'string') return tokenizer.encode(prompt).ids;
  if (prompt instanceof Int32Array) return prompt;
  throw new ConfigError(`${task}: expected a string or an Int32Array of ids, got ${typeof prompt}`);
}

/** Throws `ContextLengthError` for a text of more than `contextLength` tokens. */
export function requireContextLength(task: string, ids: Int32Array, contextLength: number): void {
  if (ids.length <= contextLength) return;
  throw new ContextLengthError(
    `${task}: the text has ${ids.length} tokens, the model reads ${contextLength}`,
    ids.length,
    contextLength,
  );
}
