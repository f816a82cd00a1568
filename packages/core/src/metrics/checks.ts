import { ConfigError, ShapeError } from '../errors.ts';

/** Throws `ShapeError` unless both lists have the same length of at least `least`. */
export function checkPairs(metric: string, a: ArrayLike<unknown>, b: ArrayLike<unknown>, least = 1): void {
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
  throw new ConfigError(`${metric}: ${option} must be an integer ${range}, got ${value}`);
}

/** Throws `ConfigError` unless the value is a finite number of at least 0. */
export function checkNotNegative(metric: string, option: string, value: number): void {
  if (Number.isFinite(value) && value >= 0) return;
  throw new ConfigError(`${metric}: ${option} must be a finite number of at least 0, got ${value}`);
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
    `${metric}: ${option} must be one of ${choices.join(', ')}, got ${JSON.stringify(value)}`,
  );
}
