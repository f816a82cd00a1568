import { ConfigError } from './errors.ts';

const isNumber = (value: unknown): value is number => typeof value === 'number';
const isType = (type: string) => (value: unknown) => typeof value === type;
const isWhole = (value: unknown, least: number) => Number.isSafeInteger(value) && (value as number) >= least;

/** Kinds of values: what an error says, and the condition. */
export const KINDS = {
  boolean: ['a boolean', isType('boolean')],
  string: ['a string', isType('string')],
  function: ['a function', isType('function')],
  object: ['an object', (value: unknown) => typeof value === 'object' && value !== null],
  list: ['an array', Array.isArray],
  names: ['an array of strings', (value: unknown) => Array.isArray(value) && value.every(isType('string'))],
  signal: ['an AbortSignal', (value: unknown) => value instanceof AbortSignal],
  /** For functions that check the range. */
  numeric: ['a number', isType('number')],
  number: ['a finite number', Number.isFinite],
  positive: ['a finite number above 0', (value: unknown) => Number.isFinite(value) && (value as number) > 0],
  notNegative: [
    'a finite number of at least 0',
    (value: unknown) => Number.isFinite(value) && (value as number) >= 0,
  ],
  fraction: ['a number from 0 to 1', (value: unknown) => isNumber(value) && value >= 0 && value <= 1],
  whole: ['a whole number of at least 0', (value: unknown) => isWhole(value, 0)],
  count: ['a whole number of at least 1', (value: unknown) => isWhole(value, 1)],
} satisfies Readonly<Record<string, readonly [expected: string, accepts: (value: unknown) => boolean]>>;

/** What an option takes: a kind, one of a list of names, or `true` where the function checks the value itself. */
export type OptionKind = true | keyof typeof KINDS | readonly string[];

type OptionTable = Readonly<Record<string, OptionKind>>;

/**
 * The names of a type of options, with what they take. `{ … } satisfies OptionNames<Options>` keeps a list of them in step with the type: the compiler
 * reports a name that is missing, and one that the type does not have.
 */
export type OptionNames<Options> = Readonly<Record<keyof Required<Options>, OptionKind>>;

/** Names of other libraries that do not differ from ours in spelling alone, with ours: the first that the function has. */
const otherNames = new Map<string, string>([
  ['max_length', 'length'],
  ['num_labels', 'topK'],
  ['k', 'topK'],
]);

/** Adds options that live elsewhere, with where. */
export function addElsewhere(places: Readonly<Record<string, string>>): void {
  Object.assign(elsewhere, places);
}

/** Adds names of other libraries, with ours separated by spaces. Generation, layers and training have theirs, so that other apps do not load them. */
export function addOtherNames(names: Readonly<Record<string, string>>): void {
  for (const [name, ours] of Object.entries(names)) {
    const known = otherNames.get(name);
    otherNames.set(name, known === undefined ? ours : `${known} ${ours}`);
  }
}

const ON_LOADERS = 'it is an option of the loaders, such as loadModel';
const OF_WORKERS = 'it is an option of the loaders of @headwise/worker';

/** Options that live elsewhere. */
const elsewhere: Record<string, string> = {
  device: 'the option backend of the loaders chooses what computes',
  quantized: "the option dtype of the loaders is 'q8' or 'q4' instead",
  workers: OF_WORKERS,
  split: OF_WORKERS,
  transport: OF_WORKERS,
  spawn: OF_WORKERS,
  maxQueue: OF_WORKERS,
  dtype: ON_LOADERS,
  backend: ON_LOADERS,
  taskHeads: 'it is an option of loadEncoder and loadModel',
  cache: ON_LOADERS,
};

/**
 * Throws `ConfigError` unless `options` is an object with names of `names` alone, with the name that was probably meant or the place of an option of
 * another function, and for a value that is not of the option's kind. Names whose value is undefined count too.
 */
export function checkOptions(task: string, options: unknown, ...names: readonly OptionTable[]): void {
  if (options !== undefined) requireOptions(task, options, ...names);
}

/** {@link checkOptions} for options that cannot be left out. */
export function requireOptions(task: string, options: unknown, ...names: readonly OptionTable[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new ConfigError(`${task}: options must be an object, got ${describeValue(options)}`);
  }
  for (const [name, value] of Object.entries(options)) {
    const table = names.find((known) => Object.hasOwn(known, name));
    if (!table) throw new ConfigError(`${task}: unknown option ${name}; ${helpFor(name, names)}`);
    if (value !== undefined) checkOption(task, name, value, table[name]!);
  }
}

/** Throws `ConfigError` unless an option's value is of a kind. */
export function checkOption(task: string, name: string, value: unknown, kind: OptionKind): void {
  if (kind === true) return;
  const isList = typeof kind !== 'string';
  if (isList ? kind.includes(value as string) : KINDS[kind][1](value)) return;
  const expected = isList ? `one of ${kind.join(', ')}` : KINDS[kind][0];
  throw new ConfigError(`${task}: ${name} must be ${expected}, got ${describeValue(value)}`);
}

/** A value in an error, whatever it is: `String` and `JSON.stringify` throw for some. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  return Array.isArray(value) ? 'an array' : 'an object';
}

function helpFor(name: string, names: readonly OptionTable[]): string {
  const known = [...new Set(names.flatMap((list) => Object.keys(list)))];
  const meant = nameMeant(name, known);
  if (meant !== undefined) return `did you mean ${meant}?`;
  if (Object.hasOwn(elsewhere, name)) return elsewhere[name]!;
  return known.length > 0 ? `the options are ${known.join(', ')}` : 'it has no options';
}

function nameMeant(name: string, known: readonly string[]): string | undefined {
  const plain = (text: string) => text.replace(/[_-]/g, '').toLowerCase();
  const same = known.find((one) => plain(one) === plain(name));
  if (same !== undefined) return same;
  const other = otherNames
    .get(name)
    ?.split(' ')
    .find((one) => known.includes(one));
  if (other !== undefined || Object.hasOwn(elsewhere, name)) return other;
  const near = known
    .map((one) => ({ one, distance: editDistance(plain(one), plain(name)) }))
    .sort((a, b) => a.distance - b.distance)[0];
  return near && near.distance <= Math.max(1, Math.floor(name.length / 4)) ? near.one : undefined;
}

/** Levenshtein distance of two names. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      next.push(Math.min(row[j]! + (a[i] === b[j] ? 0 : 1), row[j + 1]! + 1, next[j]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
