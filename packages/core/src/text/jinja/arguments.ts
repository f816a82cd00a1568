import { JinjaError } from './error.ts';
import { type Args, toText, typeName, Undefined, undefinedError, type Value } from './values.ts';

/**
 * The arguments of a function by the names of its parameters, in order; undefined for one that is not given. Throws for too many, and for
 * names that it does not have.
 */
export function bind(
  what: string,
  { positional, named }: Args,
  names: readonly string[],
): (Value | undefined)[] {
  if (positional.length > names.length)
    throw new JinjaError(`${what} takes at most ${names.length} arguments, got ${positional.length}`);
  for (const name of named.keys()) {
    const index = names.indexOf(name);
    if (index < 0) throw new JinjaError(`${what} got an unexpected keyword argument '${name}'`);
    if (index < positional.length) throw new JinjaError(`${what} got multiple values for argument '${name}'`);
  }
  return names.map((name, i) => (i < positional.length ? positional[i] : named.get(name)));
}

/** A text argument. */
export function textOf(what: string, value: Value | undefined): string {
  if (typeof value === 'string') return value;
  if (value instanceof Undefined) throw undefinedError(value);
  throw new JinjaError(`${what} must be a str, got ${value === undefined ? 'nothing' : typeName(value)}`);
}

/** An integer argument. */
export function integerOf(what: string, value: Value | undefined): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return Number(value);
  if (value instanceof Undefined) throw undefinedError(value);
  throw new JinjaError(`${what} must be an int, got ${value === undefined ? 'nothing' : typeName(value)}`);
}

/** An integer argument that may be absent or none. */
export function optionalInteger(what: string, value: Value | undefined): number | undefined {
  return value === undefined || value === null ? undefined : integerOf(what, value);
}

export const softText = (value: Value | undefined): string => (value === undefined ? '' : toText(value));
