import { ConfigError, ShapeError } from '../errors.ts';
import { describeValue } from '../options.ts';

const isTypedArray = (value: unknown): value is ArrayLike<unknown> =>
  ArrayBuffer.isView(value) && !(value instanceof DataView);

/** Throws `ConfigError` unless the value is an array or a typed array: an object with any `length` would be walked through for as long. */
export function checkList(metric: string, role: string, value: unknown): void {
  if (Array.isArray(value) || isTypedArray(value)) return;
  throw new ConfigError(`${metric}: ${role} must be a list, got ${describeValue(value)}`);
}

/** Throws `ConfigError` unless the value is an array or a typed array of numbers. */
export function checkNumbers(metric: string, role: string, value: unknown): void {
  checkList(metric, role, value);
  const wrong = Array.from(value as ArrayLike<unknown>).find((one) => typeof one !== 'number');
  if (wrong === undefined && !(value as unknown[]).includes(undefined)) return;
  throw new ConfigError(`${metric}: ${role} must be numbers, got ${describeValue(wrong)}`);
}

/** Throws `ConfigError` unless both are lists, and `ShapeError` unless they have the same length of at least `least`. */
export function checkPairs(metric: string, a: ArrayLike<unknown>, b: ArrayLike<unknown>, least = 1): void {
  checkList(metric, 'the first argument', a);
  checkList(metric, 'the second argument', b);
  if (a.length !== b.length) {
    throw new ShapeError(`${metric}: expected two lists of equal length, got ${a.length} and ${b.length}`);
  }
  if (a.length < least) {
    throw new ShapeError(`${metric}: expected lists of at least ${least}, got ${a.length}`);
  }
}

/** Throws `ConfigError` unless the value is a string. */
export function checkText(metric: string, role: string, value: unknown): asserts value is string {
  if (typeof value !== 'string') {
    throw new ConfigError(
      `${metric}: ${role} must be a string, got ${value === null ? 'null' : typeof value}`,
    );
  }
}

/** The longest n-grams that may be counted: counts are kept for each length. */
export const MAX_ORDER = 100;

/** Throws `ConfigError` unless the value is an integer from `least` to `most`. */
export function checkInteger(
  metric: string,
  option: string,
  value: number,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  throw new ConfigError(`${metric}: ${option} must be an integer ${range}, got ${describeValue(value)}`);
}

/** Throws `ConfigError` unless the value is a finite number of at least 0. */
export function checkNotNegative(metric: string, option: string, value: number): void {
  if (Number.isFinite(value) && value >= 0) return;
  throw new ConfigError(
    `${metric}: ${option} must be a finite number of at least 0, got ${describeValue(value)}`,
  );
}

/** Throws `ConfigError` unless the value is one of the choices. */
export function checkChoice(
  metric: string,
  option: string,
  value: unknown,
  choices: readonly string[],
): void {
  if (choices.includes(value as string)) return;
  throw new ConfigError(
    `${metric}: ${option} must be one of ${choices.join(', ')}, got ${describeValue(value)}`,
  );
}
