import { bind, integerOf, textOf } from './arguments.ts';
import { JinjaError } from './error.ts';
import type { Limits } from './limits.ts';
import { strftime } from './strftime.ts';
import {
  type Args,
  Callable,
  Dict,
  iterate,
  lengthOf,
  Namespace,
  Range,
  toText,
  type Value,
} from './values.ts';

/** The largest `range` of jinja2's sandbox. */
const MAX_RANGE = 100_000;

/** The functions of every template, by name. */
export function globalFunctions(limits: Limits): [string, Value][] {
  const functions: Record<string, (args: Args) => Value> = {
    range: ({ positional }) => rangeOf(positional, limits),
    namespace: (args) => {
      const namespace = new Namespace();
      for (const [name, value] of dictOf(args).entries()) namespace.attributes.set(toText(name), value);
      return namespace;
    },
    dict: dictOf,
    cycler: ({ positional }) => cyclerOf(positional),
    joiner: (args) => {
      const [separator = ', '] = bind('joiner', args, ['sep']);
      let used = false;
      return new Callable('joiner', () => {
        if (used) return separator;
        used = true;
        return '';
      });
    },
    raise_exception: (args) => {
      const [message = null] = bind('raise_exception', args, ['message']);
      throw new JinjaError(toText(message), true);
    },
    strftime_now: (args) => {
      const format = textOf('strftime_now: format', bind('strftime_now', args, ['format'])[0]);
      limits.step(format.length * 8);
      return strftime(format, new Date());
    },
    lipsum: () => {
      throw new JinjaError('lipsum is not supported: its text is random');
    },
  };
  return Object.entries(functions).map(([name, call]) => [name, new Callable(name, call)]);
}

function rangeOf(args: readonly Value[], limits: Limits): Range {
  const numbers = args.map((value) => integerOf('range', value));
  const [start, stop] = numbers.length === 1 ? [0, numbers[0]!] : [numbers[0] ?? 0, numbers[1] ?? 0];
  const step = numbers[2] ?? 1;
  if (numbers.length < 1 || numbers.length > 3) throw new JinjaError('range expected 1 to 3 arguments');
  if (step === 0) throw new JinjaError('range() arg 3 must not be zero');
  const length = Math.max(0, Math.ceil((stop - start) / step));
  if (length > MAX_RANGE)
    throw new JinjaError(`Range too big. The sandbox blocks ranges larger than MAX_RANGE (${MAX_RANGE}).`);
  limits.step(length);
  const items = Array.from({ length }, (_, i) => start + i * step);
  const text = step === 1 ? `range(${start}, ${stop})` : `range(${start}, ${stop}, ${step})`;
  return new Range(items, text);
}

function dictOf(args: Args): Dict {
  const { positional, named } = args;
  if (positional.length > 1)
    throw new JinjaError(`dict expected at most 1 argument, got ${positional.length}`);
  const [first] = positional;
  const dict = new Dict();
  if (first instanceof Dict) for (const [key, value] of first.entries()) dict.set(key, value);
  else if (first !== undefined) {
    for (const pair of iterate(first)) {
      const items = iterate(pair);
      if (lengthOf(items) !== 2) throw new JinjaError('dict: every item must be a pair');
      dict.set(items[0]!, items[1]!);
    }
  }
  for (const [key, value] of named) dict.set(key, value);
  return dict;
}

/** The item after as many as `at`, from the first again after the last. */
export function cycled(items: readonly Value[], at: number): Value {
  if (items.length === 0) throw new JinjaError('no items for cycling given');
  return items[at % items.length]!;
}

function cyclerOf(items: readonly Value[]): Callable {
  let at = 0;
  const attributes = new Map<string, () => Value>([
    ['current', () => cycled(items, at)],
    ['next', () => new Callable('next', () => cycled(items, at++))],
    [
      'reset',
      () =>
        new Callable('reset', () => {
          at = 0;
          return null;
        }),
    ],
  ]);
  if (items.length === 0) throw new JinjaError('at least one item has to be provided');
  return new Callable('cycler', () => null, attributes);
}
