import { ConfigError } from '../errors.ts';
import { sizeLimit } from '../limits.ts';

/** Reads values from a parsed config.json. Methods throw `ConfigError` for missing or invalid values, with their names in the file. */
export class ConfigReader {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #within: string;

  /** `within` prefixes the names in messages: the path of a nested object, such as `rope_scaling.`. */
  constructor(json: unknown, within = '') {
    if (typeof json !== 'object' || json === null || Array.isArray(json)) {
      throw new ConfigError(`config.json: expected an object, got ${describe(json)}`);
    }
    this.#values = json as Record<string, unknown>;
    this.#within = within;
  }

  /** Whether the file has the value and it is not null. */
  has(name: string): boolean {
    return this.#get(name, undefined) !== undefined;
  }

  /** The path of a value in the file, as messages have it. */
  path(name: string): string {
    return `${this.#within}${name}`;
  }

  /** A whole number of at least `least`, by default 1, and at most the limit of its name (see `sizeLimit`). */
  size(name: string, fallback?: number, least = 1): number {
    const value = this.#get(name, fallback);
    const isCount = typeof value === 'number' && Number.isSafeInteger(value) && value >= least;
    const most = sizeLimit(name);
    if (isCount && value <= most) return value;
    const bounds = isCount ? `of at most ${most}` : `of at least ${least}`;
    throw new ConfigError(
      `config.json: ${this.path(name)} must be a whole number ${bounds}, got ${describe(value)}`,
    );
  }

  /** A finite number of at least 0. */
  number(name: string, fallback?: number): number {
    const value = this.#get(name, fallback);
    if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
    throw new ConfigError(
      `config.json: ${this.path(name)} must be a number of at least 0, got ${describe(value)}`,
    );
  }

  /** A string. */
  text(name: string, fallback?: string): string {
    const value = this.#get(name, fallback);
    if (typeof value === 'string') return value;
    throw new ConfigError(`config.json: ${this.path(name)} must be a string, got ${describe(value)}`);
  }

  /** True or false. */
  flag(name: string, fallback?: boolean): boolean {
    const value = this.#get(name, fallback);
    if (typeof value === 'boolean') return value;
    throw new ConfigError(`config.json: ${this.path(name)} must be true or false, got ${describe(value)}`);
  }

  /**
   * A token id or a list of them, as a list; undefined if the file has no such value. Negative ids, which some files have for none, are left out.
   */
  ids(name: string): readonly number[] | undefined {
    if (!this.has(name)) return undefined;
    const value = this.#values[name];
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    const isId = (id: unknown): id is number =>
      typeof id === 'number' && Number.isInteger(id) && Math.abs(id) < 2 ** 31;
    if (list.every(isId)) return list.filter((id) => id >= 0);
    throw new ConfigError(
      `config.json: ${this.path(name)} must be a token id or a list of token ids, got ${describe(value)}`,
    );
  }

  /** The unchecked value, which may be null; undefined if the file has no such value. */
  raw(name: string): unknown {
    return Object.hasOwn(this.#values, name) ? this.#values[name] : undefined;
  }

  /** A reader of a nested object; undefined if the file has no such value. */
  object(name: string): ConfigReader | undefined {
    if (!this.has(name)) return undefined;
    const value = this.#values[name];
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return new ConfigReader(value, `${this.path(name)}.`);
    throw new ConfigError(`config.json: ${this.path(name)} must be an object, got ${describe(value)}`);
  }

  /** A list of strings; empty if the file has no such value. */
  texts(name: string): readonly string[] {
    if (!this.has(name)) return [];
    const value = this.#values[name];
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
    throw new ConfigError(
      `config.json: ${this.path(name)} must be a list of strings, got ${describe(value)}`,
    );
  }

  /** An object with the keys "0", "1", … as a list of strings (`id2label`); undefined if the file has no such value. */
  numbered(name: string): readonly string[] | undefined {
    if (!this.has(name)) return undefined;
    const value = this.#values[name];
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      const entries = new Map(Object.entries(value));
      const list = Array.from({ length: entries.size }, (_, i) => entries.get(String(i)));
      if (list.length > 0 && list.every((item) => typeof item === 'string')) return list;
    }
    throw new ConfigError(
      `config.json: ${this.path(name)} must be strings numbered from "0" without gaps, got ${describe(value)}`,
    );
  }

  /** Null counts as missing. */
  #get(name: string, fallback: unknown): unknown {
    return Object.hasOwn(this.#values, name) ? (this.#values[name] ?? fallback) : fallback;
  }
}

function describe(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 80);
}

/** Throws `ConfigError` unless `heads` divides `hiddenSize`. `names` are their names in the architecture's config.json. */
export function checkHeadSizes(
  hiddenSize: number,
  heads: number,
  names: { hidden: string; heads: string } = { hidden: 'hidden_size', heads: 'num_attention_heads' },
): void {
  if (hiddenSize % heads === 0) return;
  throw new ConfigError(
    `config.json: ${names.hidden} must divide into ${names.heads}, got ${hiddenSize} and ${heads}`,
  );
}
