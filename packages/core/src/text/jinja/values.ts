import { JinjaError } from './error.ts';
import { formatFloat } from './floats.ts';
import { work } from './limits.ts';

/**
 * A value of a template, as Python has it: `int` is a number (an integer), `float` a `Float`, `str` a string, `None` null, `list` an array.
 */
export type Value =
  | null
  | boolean
  | number
  | string
  | Value[]
  | Float
  | Tuple
  | Dict
  | Undefined
  | Markup
  | Range
  | View
  | Iterator
  | Namespace
  | Callable;

/** Arguments of a call. */
export interface Args {
  readonly positional: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
}

export class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

export class Tuple {
  readonly items: Value[];
  /** Names of the items, for `groupby`. */
  readonly names: readonly string[];
  constructor(items: Value[], names: readonly string[] = []) {
    this.items = items;
    this.names = names;
  }
}

/** What `safe` and `escape` give. Only printing and joining it is supported: Python escapes what is added to it. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** A name or attribute that does not exist. Prints as nothing; most other uses are errors. */
export class Undefined {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}

/** `dict.keys()`, `values()` and `items()`. */
export class View {
  readonly name: string;
  readonly items: Value[];
  constructor(name: string, items: Value[]) {
    this.name = name;
    this.items = items;
  }
}

export class Range {
  readonly items: number[];
  readonly text: string;
  constructor(items: number[], text: string) {
    this.items = items;
    this.text = text;
  }
}

/** A generator: can be gone through once. */
export class Iterator {
  #items: Value[];
  constructor(items: Value[]) {
    this.#items = items;
  }
  take(): Value[] {
    const items = this.#items;
    this.#items = [];
    return items;
  }
}

export class Namespace {
  readonly attributes = new Map<string, Value>();
}

/** A function, macro or method. */
export class Callable {
  readonly name: string;
  readonly call: (args: Args) => Value;
  readonly attributes: ReadonlyMap<string, () => Value>;
  constructor(
    name: string,
    call: (args: Args) => Value,
    attributes: ReadonlyMap<string, () => Value> = new Map(),
  ) {
    this.name = name;
    this.call = call;
    this.attributes = attributes;
  }
}

type Key = string | number | null;

/** Python's dict: in the order of insertion; 1, 1.0 and True are the same key. */
export class Dict {
  readonly #entries = new Map<Key, [key: Value, value: Value]>();

  static of(entries: Iterable<readonly [Value, Value]>): Dict {
    const dict = new Dict();
    for (const [key, value] of entries) dict.set(key, value);
    return dict;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: Value): Value | undefined {
    return this.#entries.get(keyOf(key))?.[1];
  }

  has(key: Value): boolean {
    return this.#entries.has(keyOf(key));
  }

  set(key: Value, value: Value): void {
    const found = this.#entries.get(keyOf(key));
    if (found) found[1] = value;
    else this.#entries.set(keyOf(key), [key, value]);
  }

  keys(): Value[] {
    return Array.from(this.#entries.values(), ([key]) => key);
  }

  values(): Value[] {
    return Array.from(this.#entries.values(), ([, value]) => value);
  }

  entries(): [Value, Value][] {
    return [...this.#entries.values()];
  }
}

function keyOf(value: Value): Key {
  if (typeof value === 'string' || value === null || typeof value === 'number') return value;
  if (typeof value === 'boolean') return Number(value);
  if (value instanceof Float) return value.value;
  if (value instanceof Markup) return value.text;
  throw new JinjaError(`a ${typeName(value)} as a key of a dict is not supported`);
}

/** The name of a value's type in Python. */
export function typeName(value: Value): string {
  if (value === null) return 'NoneType';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return 'int';
  if (typeof value === 'string') return 'str';
  if (Array.isArray(value)) return 'list';
  if (value instanceof Float) return 'float';
  if (value instanceof Tuple) return 'tuple';
  if (value instanceof Dict) return 'dict';
  if (value instanceof Markup) return 'Markup';
  if (value instanceof View) return value.name;
  if (value instanceof Range) return 'range';
  if (value instanceof Iterator) return 'generator';
  if (value instanceof Namespace) return 'Namespace';
  if (value instanceof Callable) return 'function';
  return 'Undefined';
}

/** An error for using something that does not exist. */
export function undefinedError(value: Undefined): JinjaError {
  return new JinjaError(value.reason);
}

export function isTrue(value: Value): boolean {
  if (typeof value === 'boolean') return value;
  if (value === null || value instanceof Undefined) return false;
  if (typeof value === 'number') return value !== 0;
  if (typeof value === 'string') return value !== '';
  if (value instanceof Float) return value.value !== 0;
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Dict) return value.size > 0;
  if (value instanceof Tuple || value instanceof View || value instanceof Range)
    return value.items.length > 0;
  return value instanceof Markup ? value.text !== '' : true;
}

/** Python's `str(value)`. */
export function toText(value: Value): string {
  if (typeof value === 'string') return value;
  if (value instanceof Undefined) return '';
  if (value instanceof Markup) return value.text;
  return repr(value);
}

/** Python's `repr(value)`. */
export function repr(value: Value, depth = 0): string {
  if (depth > 100) throw new JinjaError('values are nested too deeply');
  work(typeof value === 'string' ? value.length : 0);
  const all = (items: readonly Value[]) => items.map((item) => repr(item, depth + 1)).join(', ');
  if (value === null) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'number') return Object.is(value, -0) ? '0' : String(value);
  if (typeof value === 'string') return reprText(value);
  if (value instanceof Float) return formatFloat(value.value);
  if (Array.isArray(value)) return `[${all(value)}]`;
  if (value instanceof Tuple)
    return value.items.length === 1 ? `(${all(value.items)},)` : `(${all(value.items)})`;
  if (value instanceof Dict) {
    const entries = value.entries();
    return `{${entries.map(([key, item]) => `${repr(key, depth + 1)}: ${repr(item, depth + 1)}`).join(', ')}}`;
  }
  if (value instanceof View) return `${value.name}([${all(value.items)}])`;
  if (value instanceof Range) return value.text;
  if (value instanceof Undefined) return 'Undefined';
  if (value instanceof Markup) return `Markup(${reprText(value.text)})`;
  // Python prints an address.
  throw new JinjaError(`a ${typeName(value)} cannot be printed; make it a list first`);
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function reprText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const body = text.replace(/[\\\n\r\t'"]|[\p{C}\p{Z}]/gu, (character) => {
    if (character === ' ') return character;
    if (character === quote) return `\\${quote}`;
    if (character === "'" || character === '"') return character;
    const code = character.codePointAt(0)!;
    const hex = (digits: number) => code.toString(16).padStart(digits, '0');
    return (
      ESCAPES[character] ?? (code < 256 ? `\\x${hex(2)}` : code < 65536 ? `\\u${hex(4)}` : `\\U${hex(8)}`)
    );
  });
  return quote + body + quote;
}

/** The number of a `bool`, `int` or `float`; undefined for other values. */
export function numberOf(value: Value): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return Number(value);
  return value instanceof Float ? value.value : undefined;
}

/** The items of a list, tuple, range or view; undefined for other values. */
export function itemsOf(value: Value): Value[] | undefined {
  if (Array.isArray(value)) return value;
  return value instanceof Tuple || value instanceof View || value instanceof Range ? value.items : undefined;
}

/** What a loop over a value goes through. A text has code points, a dict its keys. */
export function iterate(value: Value): Value[] {
  if (typeof value === 'string') return [...value];
  if (value instanceof Dict) return value.keys();
  if (value instanceof Undefined) return [];
  if (value instanceof Iterator) return value.take();
  const items = itemsOf(value);
  if (items) return items;
  throw new JinjaError(`'${typeName(value)}' object is not iterable`);
}

/** Python's `len(value)`. */
export function lengthOf(value: Value): number {
  if (typeof value === 'string') return codePoints(value);
  if (value instanceof Markup) return codePoints(value.text);
  if (value instanceof Dict) return value.size;
  if (value instanceof Undefined) return 0;
  const items = itemsOf(value);
  if (items) return items.length;
  throw new JinjaError(`object of type '${typeName(value)}' has no len()`);
}

/** The number of code points, which Python counts. */
export function codePoints(text: string): number {
  let pairs = 0;
  for (let i = 0; i < text.length - 1; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0xd800 && code < 0xdc00 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) pairs++;
  }
  return text.length - pairs;
}

/** Python's `a == b`. */
export function isEqual(a: Value, b: Value, depth = 0): boolean {
  if (a === b) return true;
  if (depth > 100) throw new JinjaError('values are nested too deeply');
  work(typeof a === 'string' ? a.length : 0);
  const [m, n] = [numberOf(a), numberOf(b)];
  if (m !== undefined || n !== undefined) return m === n;
  if (a instanceof Markup) return isEqual(a.text, b, depth);
  if (b instanceof Markup) return isEqual(a, b.text, depth);
  if (a instanceof Undefined) return b instanceof Undefined;
  if (a instanceof Dict) {
    if (!(b instanceof Dict) || a.size !== b.size) return false;
    return a.entries().every(([key, value]) => {
      const other = b.get(key);
      return other !== undefined && isEqual(value, other, depth + 1);
    });
  }
  const [p, q] = [itemsOf(a), itemsOf(b)];
  if (!p || !q || typeName(a) !== typeName(b) || p.length !== q.length) return false;
  return p.every((item, i) => isEqual(item, q[i]!, depth + 1));
}

/** Less than zero, zero or more, as Python orders `a` and `b`. Texts are ordered by code points. */
export function compare(a: Value, b: Value, operator = '<', depth = 0): number {
  if (depth > 100) throw new JinjaError('values are nested too deeply');
  work();
  const [m, n] = [numberOf(a), numberOf(b)];
  if (m !== undefined && n !== undefined) return m < n ? -1 : m > n ? 1 : m === n ? 0 : Number.NaN;
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b);
  if (a instanceof Undefined) throw undefinedError(a);
  if (b instanceof Undefined) throw undefinedError(b);
  if ((Array.isArray(a) && Array.isArray(b)) || (a instanceof Tuple && b instanceof Tuple)) {
    const [p, q] = [itemsOf(a)!, itemsOf(b)!];
    for (let i = 0; i < Math.min(p.length, q.length); i++) {
      if (!isEqual(p[i]!, q[i]!)) return compare(p[i]!, q[i]!, operator, depth + 1);
    }
    return p.length - q.length;
  }
  throw new JinjaError(
    `'${operator}' not supported between instances of '${typeName(a)}' and '${typeName(b)}'`,
  );
}

function compareTexts(a: string, b: string): number {
  let i = 0;
  while (i < a.length && i < b.length && a.charCodeAt(i) === b.charCodeAt(i)) i++;
  if (i === a.length || i === b.length) return a.length - b.length;
  // A surrogate stands for a code point above every other unit.
  const [m, n] = [a.charCodeAt(i), b.charCodeAt(i)];
  const above = (unit: number) => unit >= 0xd800 && unit < 0xe000;
  return above(m) === above(n) ? m - n : above(m) ? 1 : -1;
}
