import { ConfigError } from '../errors.ts';

/** Reads values out of a parsed config.json and refuses what does not fit, by the name that the file gives it. */
export class ConfigReader {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(json: unknown) {
    if (typeof json !== 'object' || json === null || Array.isArray(json)) {
      throw new ConfigError(`config.json: expected an object, got ${describe(json)}`);
    }
    this.#values = json as Record<string, unknown>;
  }

  /** A whole number of at least 1. */
  size(name: string, fallback?: number): number {
    const value = this.#get(name, fallback);
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value;
    throw new ConfigError(
      `config.json: ${name} must be a whole number of at least 1, got ${describe(value)}`,
    );
  }

  /** A finite number of at least 0. */
  number(name: string, fallback?: number): number {
    const value = this.#get(name, fallback);
    if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
    throw new ConfigError(`config.json: ${name} must be a number of at least 0, got ${describe(value)}`);
  }

  text(name: string, fallback?: string): string {
    const value = this.#get(name, fallback);
    if (typeof value === 'string') return value;
    throw new ConfigError(`config.json: ${name} must be a string, got ${describe(value)}`);
  }

  #get(name: string, fallback: unknown): unknown {
    return Object.hasOwn(this.#values, name) ? this.#values[name] : fallback;
  }
}

function describe(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 80);
}
