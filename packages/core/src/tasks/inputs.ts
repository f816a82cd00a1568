import { ConfigError } from '../errors.ts';

/** Two texts that a model reads together, such as a premise and a hypothesis. */
export interface TextPair {
  readonly text: string;
  readonly pair: string;
}

/** A text, or two that are read together. */
export type TextInput = string | TextPair;

/** Throws `ConfigError` unless the value is a string. */
export function requireText(task: string, role: string, value: unknown): asserts value is string {
  if (typeof value !== 'string')
    throw new ConfigError(`${task}: ${role} must be a string, got ${typeof value}`);
}

/** Throws `ConfigError` unless the value is a list of strings. */
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

/** Throws `ConfigError` unless the value is a whole number of at least 1. */
export function requireCount(task: string, role: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1) return;
  throw new ConfigError(`${task}: ${role} must be a whole number of at least 1, got ${String(value)}`);
}
