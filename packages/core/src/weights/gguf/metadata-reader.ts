import { ConfigError } from '../../errors.ts';
import { sizeLimit } from '../../limits.ts';
import type { GgufEntry, GgufNumbers } from './metadata.ts';

/** Typed access to metadata. Throws `ConfigError` with the key for a missing value without fallback and for an invalid value. */
export class MetadataReader {
  readonly #entries: ReadonlyMap<string, GgufEntry>;

  constructor(entries: ReadonlyMap<string, GgufEntry>) {
    this.#entries = entries;
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /** A whole number of at least `minimum`, and at most the limit of its name (see `sizeLimit`). */
  size(key: string, fallback?: number, minimum = 1): number {
    const size = this.#get(key, `a whole number of at least ${minimum}`, fallback, (value) =>
      typeof value === 'number' && Number.isSafeInteger(value) && value >= minimum ? value : undefined,
    );
    return checkLimit(key, size);
  }

  /**
   * A whole number of at least 1 that a file may also give for each of its `layers`, as llama.cpp reads it. Throws `ConfigError` if it
   * differs between layers, which Headwise cannot run.
   */
  sizeOfLayers(key: string, layers: number, fallback?: number): number {
    const value = this.#entries.get(key)?.value;
    if (!ArrayBuffer.isView(value)) return this.size(key, fallback);
    const { length } = value as unknown as ArrayLike<number | bigint>;
    const sizes = Array.from({ length: Math.min(length, layers) }, (_, i) =>
      Number((value as unknown as ArrayLike<number | bigint>)[i]),
    );
    const [first] = sizes;
    if (sizes.length < layers || first === undefined || !(Number.isSafeInteger(first) && first >= 1))
      throw new ConfigError(
        `GGUF: ${key} must be a whole number of at least 1, or one for each of ${layers} layers; got ${length} numbers`,
      );
    const other = sizes.findIndex((size) => size !== first);
    if (other < 0) return checkLimit(key, first);
    throw new ConfigError(
      `GGUF: ${key} differs between layers, which is not supported: ${first} in layer 0, ${sizes[other]} in layer ${other}`,
    );
  }

  /** A token id; undefined if the key is absent. */
  id(key: string): number | undefined {
    return this.has(key) ? this.size(key, undefined, 0) : undefined;
  }

  /** A finite number of at least 0. */
  number(key: string, fallback?: number): number {
    return this.#get(key, 'a number of at least 0', fallback, (value) =>
      typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined,
    );
  }

  flag(key: string, fallback?: boolean): boolean {
    return this.#get(key, 'true or false', fallback, (value) =>
      typeof value === 'boolean' ? value : undefined,
    );
  }

  text(key: string, fallback?: string): string {
    return this.#get(key, 'a string', fallback, (value) => (typeof value === 'string' ? value : undefined));
  }

  texts(key: string): readonly string[] {
    return this.#get(key, 'a list of strings', undefined, (value, { type, isArray }) =>
      isArray && type === 'string' ? (value as readonly string[]) : undefined,
    );
  }

  /** A list of `length` numbers, not of 64-bit integers. */
  numbers(key: string, length: number): Exclude<GgufNumbers, BigUint64Array | BigInt64Array> {
    return this.#get(key, `a list of ${length} numbers`, undefined, (value) =>
      ArrayBuffer.isView(value) &&
      !(value instanceof BigUint64Array || value instanceof BigInt64Array) &&
      value.length === length
        ? value
        : undefined,
    );
  }

  #get<T>(
    key: string,
    expected: string,
    fallback: T | undefined,
    read: (value: GgufEntry['value'], entry: GgufEntry) => T | undefined,
  ): T {
    const entry = this.#entries.get(key);
    if (!entry && fallback !== undefined) return fallback;
    const value = entry && read(entry.value, entry);
    if (value !== undefined) return value;
    throw new ConfigError(`GGUF: ${key} must be ${expected}, got ${entry ? describe(entry) : 'nothing'}`);
  }
}

/** Throws `ConfigError` for a size above the limit of its name. */
function checkLimit(key: string, size: number): number {
  const most = sizeLimit(key);
  if (size <= most) return size;
  throw new ConfigError(`GGUF: ${key} must be a whole number of at most ${most}, got ${size}`);
}

function describe({ type, isArray, value }: GgufEntry): string {
  if (isArray) return `a list of ${(value as ArrayLike<unknown>).length} of type ${type}`;
  return typeof value === 'string' ? JSON.stringify(value).slice(0, 80) : String(value);
}
