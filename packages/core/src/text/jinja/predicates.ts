import { JinjaError } from './error.ts';
import type { Limits } from './limits.ts';
import { isLower, isUpper } from './methods.ts';
import { binary, compareBy } from './operations.ts';
import {
  Callable,
  Dict,
  Float,
  Iterator,
  isEqual,
  itemsOf,
  Markup,
  numberOf,
  toText,
  Undefined,
  type Value,
} from './values.ts';

type Test = (value: Value, args: readonly Value[], limits: Limits) => boolean;

const operator =
  (name: string): Test =>
  (value, [other = null]) =>
    compareBy(name, value, other);

const rest = (value: Value, by: Value, limits: Limits) => binary('%', value, by, limits);

const TESTS: Readonly<Record<string, Test>> = {
  defined: (value) => !(value instanceof Undefined),
  undefined: (value) => value instanceof Undefined,
  none: (value) => value === null,
  boolean: (value) => typeof value === 'boolean',
  true: (value) => value === true,
  false: (value) => value === false,
  integer: (value) => typeof value === 'number',
  float: (value) => value instanceof Float,
  number: (value) => numberOf(value) !== undefined,
  string: (value) => typeof value === 'string' || value instanceof Markup,
  mapping: (value) => value instanceof Dict,
  sequence: (value) => typeof value === 'string' || isSequence(value),
  iterable: (value) => typeof value === 'string' || isSequence(value) || value instanceof Iterator,
  callable: (value) => value instanceof Callable || value instanceof Undefined,
  lower: (value) => isLower(toText(value)),
  upper: (value) => isUpper(toText(value)),
  odd: (value, _, limits) => isEqual(rest(value, 2, limits), 1),
  even: (value, _, limits) => isEqual(rest(value, 2, limits), 0),
  divisibleby: (value, [by = null], limits) => isEqual(rest(value, by, limits), 0),
  sameas: (value, [other = null]) => value === other,
  escaped: (value) => value instanceof Markup,
  in: (value, [container = null]) => compareBy('in', value, container),
  eq: operator('=='),
  equalto: operator('=='),
  '==': operator('=='),
  ne: operator('!='),
  '!=': operator('!='),
  lt: operator('<'),
  lessthan: operator('<'),
  '<': operator('<'),
  le: operator('<='),
  '<=': operator('<='),
  gt: operator('>'),
  greaterthan: operator('>'),
  '>': operator('>'),
  ge: operator('>='),
  '>=': operator('>='),
};

const isSequence = (value: Value) =>
  value instanceof Dict ||
  value instanceof Undefined ||
  value instanceof Markup ||
  itemsOf(value) !== undefined;

/** `value is name(args)`. Throws for a test that does not exist. */
export function runTest(name: string, value: Value, args: readonly Value[], limits: Limits): boolean {
  const test = Object.hasOwn(TESTS, name) ? TESTS[name] : undefined;
  if (!test) throw new JinjaError(`No test named '${name}'.`);
  return test(value, args, limits);
}

export const hasTest = (name: string): boolean => Object.hasOwn(TESTS, name);
