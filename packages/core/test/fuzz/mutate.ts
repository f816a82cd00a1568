/** Reproducible random numbers (mulberry32). */
export class Chance {
  #state: number;

  constructor(...seeds: number[]) {
    this.#state = 0x9e3779b9;
    for (const seed of seeds) this.#state = Math.imul(this.#state ^ seed, 0x85ebca6b) + 0x6d2b79f5;
  }

  /** An integer from 0 to `count - 1`. */
  below(count: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * count);
  }

  of<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }
}

/** Values that readers may not expect. */
const VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1,
  2,
  1.5,
  -0.5,
  255,
  65_536,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 + 5,
  2 ** 53,
  1e9,
  1e15,
  1e308,
  -1e9,
  1e-300,
  '',
  'a',
  '3',
  '\0',
  '\ud800',
  '가',
  '..',
  '../x',
  'constructor',
  '__proto__',
  'toString',
  [],
  {},
  [[]],
  [null],
  [0],
  [1e9],
  [2 ** 32, 2 ** 32],
  [-1],
  ['a', 'b'],
  { length: 3e7 },
  { type: 'Sequence' },
  { 0: 'a', length: 1 },
];
const NAMES = ['__proto__', 'constructor', 'type', 'length', 'x', '', 'id', 'toString', 'hasOwnProperty'];
const TEXTS = [
  ' ',
  'a',
  '(a+)+$',
  '(a|a)*b',
  '{{',
  '}}',
  '{%',
  '%}',
  '[',
  '(',
  '\\',
  '\u{1f600}',
  '\u0301',
  '\0',
  '9'.repeat(20),
];

/** A value in a tree, with what holds it. */
interface Place {
  readonly holder: Record<string, unknown> | unknown[];
  readonly key: string | number;
}

function placesOf(root: unknown): Place[] {
  const places: Place[] = [];
  const queue = [root];
  for (let i = 0; i < queue.length && places.length < 5000; i++) {
    const value = queue[i];
    if (typeof value !== 'object' || value === null) continue;
    const keys: (string | number)[] = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
    for (const key of keys) {
      places.push({ holder: value as never, key });
      queue.push((value as never)[key]);
    }
  }
  return places;
}

const put = ({ holder, key }: Place, value: unknown): void => {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
};
const get = ({ holder, key }: Place): unknown => (holder as never)[key];

/** Changes a value of JSON in up to four places. The value given is not changed. */
export function mutateJson(chance: Chance, original: unknown): unknown {
  const root = [structuredClone(original)];
  for (let count = 1 + chance.below(1 + chance.below(4)); count > 0; count--) {
    const places = placesOf(root);
    const place = chance.of(places);
    const { holder, key } = place;
    switch (chance.below(9)) {
      case 0:
      case 1:
        put(place, structuredClone(chance.of(VALUES)));
        break;
      case 2:
        put(place, structuredClone(get(chance.of(places))));
        break;
      case 3:
        if (Array.isArray(holder)) holder.splice(Number(key), 1);
        else delete (holder as Record<string, unknown>)[key];
        break;
      case 4:
        put(
          { holder, key: Array.isArray(holder) ? holder.length : chance.of(NAMES) },
          structuredClone(get(place)),
        );
        break;
      case 5: {
        const value = get(place);
        if (typeof value === 'string') put(place, mutateText(chance, value));
        else if (typeof value === 'number') put(place, value + chance.of([-1, 1, 0.5, 2 ** 31, -(2 ** 31)]));
        break;
      }
      case 6: {
        // Nested in itself.
        let value = get(place);
        for (let depth = chance.of([1, 10, 300]); depth > 0; depth--)
          value = chance.below(2) === 0 ? [value] : { [chance.of(NAMES)]: value };
        put(place, value);
        break;
      }
      case 7:
        if (Array.isArray(holder) && holder.length < 1000)
          for (let more = chance.of([1, 50]); more > 0; more--) holder.push(structuredClone(get(place)));
        break;
      default: {
        const other = chance.of(places);
        const value = get(other);
        put(other, structuredClone(get(place)));
        put(place, structuredClone(value));
      }
    }
    if (root.length === 0) return null;
  }
  return root[0];
}

/** JSON text of a value with one of its parts replaced by a part of another. */
export function replaceInJson(chance: Chance, original: unknown, donor: unknown): string {
  const root = [original];
  put(chance.of(placesOf(root)), get(chance.of(placesOf([donor]))));
  return JSON.stringify(root[0]) ?? '';
}

/** JSON text of a mutated value: sometimes broken as text, too. */
export function mutateJsonText(chance: Chance, original: unknown): string {
  let text: string;
  try {
    text = JSON.stringify(mutateJson(chance, original)) ?? '';
  } catch {
    text = '{}';
  }
  return chance.below(8) === 0 ? mutateText(chance, text) : text;
}

export function mutateText(chance: Chance, original: string): string {
  let text = original;
  for (let count = 1 + chance.below(3); count > 0; count--) {
    const at = chance.below(text.length + 1);
    const length = chance.below(Math.min(20, text.length - at + 1));
    switch (chance.below(5)) {
      case 0:
        text = text.slice(0, at) + text.slice(at + length);
        break;
      case 1:
        text = text.slice(0, at) + chance.of(TEXTS) + text.slice(at);
        break;
      case 2:
        text =
          text.slice(0, at) +
          text.slice(at, at + length).repeat(1 + chance.below(5)) +
          text.slice(at + length);
        break;
      case 3:
        text = text.slice(0, at) + String.fromCharCode(chance.below(256)) + text.slice(at + 1);
        break;
      default: {
        const from = chance.below(text.length + 1);
        text = text.slice(0, at) + text.slice(from, from + length) + text.slice(at);
      }
    }
    if (text.length > 100_000) return text.slice(0, 100_000);
  }
  return text;
}

/** Changes bytes: single ones, numbers of 4 and 8 bytes, parts removed, repeated or cut off. */
export function mutateBytes(chance: Chance, original: Uint8Array, within = original.length): Uint8Array {
  let bytes = original.slice();
  for (let count = 1 + chance.below(1 + chance.below(4)); count > 0; count--) {
    const at = chance.below(Math.max(1, Math.min(within, bytes.length)));
    if (at >= bytes.length) return bytes;
    switch (chance.below(7)) {
      case 0:
      case 1:
        bytes[at] = chance.below(256);
        break;
      case 2:
        bytes[at] = bytes[at]! ^ (1 << chance.below(8));
        break;
      case 3:
      case 4: {
        const value = chance.of([
          0,
          1,
          2,
          0xff,
          0xffff,
          0x7fffffff,
          0x80000000,
          0xffffffff,
          bytes.length,
          bytes.length + 1,
        ]);
        const wide = chance.below(2) === 0;
        for (let i = 0; i < (wide ? 8 : 4) && at + i < bytes.length; i++)
          bytes[at + i] = i < 4 ? value >>> (8 * i) : 0;
        break;
      }
      case 5: {
        const length = chance.below(Math.min(40, bytes.length - at));
        const parts = [
          bytes.subarray(0, at),
          bytes.subarray(chance.below(2) === 0 ? at + length : at - Math.min(at, length)),
        ];
        bytes = joined(parts);
        break;
      }
      default:
        if (chance.below(3) === 0) bytes = bytes.slice(0, at);
        else bytes[at] = (bytes[at]! + 1) & 0xff;
    }
  }
  return bytes;
}

export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
