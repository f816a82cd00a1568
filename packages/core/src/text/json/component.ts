import { FormatError } from '../../errors.ts';

/** An error in a tokenizer's files. */
export function tokenizerError(what: string, cause?: unknown): FormatError {
  return new FormatError(
    'tokenizer-invalid',
    `tokenizer: ${what}`,
    cause === undefined ? undefined : { cause },
  );
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Components of a list, and lists within lists. Published tokenizers have up to 15, and two levels. */
const MAX_COMPONENTS = 64;
const MAX_NESTING = 8;

/**
 * Options of `ByteLevel`, which files also have on other components, such as Command R's on `TemplateProcessing`. The library does not read
 * them there.
 */
const BYTE_LEVEL_OPTIONS: ReadonlySet<string> = new Set(['add_prefix_space', 'trim_offsets', 'use_regex']);

/**
 * Reads one object of tokenizer.json. Every method throws `FormatError` that names the field, what was expected and what came. A field is
 * required unless a default is given.
 */
export class Component {
  /** Where the object is in tokenizer.json, for example `normalizer.normalizers[1]`. */
  readonly path: string;
  readonly #json: Record<string, unknown>;
  readonly #known = new Set(['type']);

  constructor(json: unknown, path: string) {
    if (!isObject(json))
      throw tokenizerError(`${path} in tokenizer.json must be an object, got ${show(json)}`);
    this.#json = json;
    this.path = path;
  }

  /** The component's type. */
  get type(): string {
    return this.string('type');
  }

  /** The value of a field as it is; undefined if it is absent or null. */
  value(name: string): unknown {
    this.#known.add(name);
    return this.#json[name] ?? undefined;
  }

  string(name: string, fallback?: string): string {
    return this.#read(name, fallback, 'a string', (value) => typeof value === 'string');
  }

  /** A string of one character. */
  character(name: string, fallback?: string): string {
    return this.#read(
      name,
      fallback,
      'a string of one character',
      (value) => typeof value === 'string' && [...value].length === 1,
    );
  }

  boolean(name: string, fallback?: boolean): boolean {
    return this.#read(name, fallback, 'a boolean', (value) => typeof value === 'boolean');
  }

  /** An integer of at least `minimum`. */
  integer(name: string, minimum: number, fallback?: number): number {
    return this.#read(
      name,
      fallback,
      `an integer of at least ${minimum}`,
      (value) => Number.isSafeInteger(value) && (value as number) >= minimum,
    );
  }

  choice<T extends string>(name: string, choices: readonly T[], fallback?: T): T {
    return this.#read(name, fallback, `one of ${choices.join(', ')}`, (value) =>
      choices.includes(value as T),
    );
  }

  list(name: string, fallback?: readonly unknown[]): readonly unknown[] {
    return this.#read(name, fallback, 'a list', Array.isArray);
  }

  object(name: string): Record<string, unknown> {
    return this.#read<Record<string, unknown>>(name, undefined, 'an object', isObject);
  }

  /** The components of a list, each read by `read`. */
  components<T>(name: string, read: (json: unknown, path: string) => T): T[] {
    const list = this.list(name);
    if (list.length > MAX_COMPONENTS)
      throw this.error(name, `must have at most ${MAX_COMPONENTS} entries, got ${list.length}`);
    // As deep as names of the path tell.
    if (this.path.split('[').length > MAX_NESTING)
      throw this.error(name, `is nested more than ${MAX_NESTING} deep`);
    return list.map((json, i) => read(json, `${this.path}.${name}[${i}]`));
  }

  /** Refuses fields that were not read. The library ignores them; a field that says something is one that a newer version reads. */
  end(): void {
    for (const [name, value] of Object.entries(this.#json)) {
      if (this.#known.has(name) || BYTE_LEVEL_OPTIONS.has(name) || value === null || value === false)
        continue;
      throw tokenizerError(`${this.path}.${name} in tokenizer.json is not supported, got ${show(value)}`);
    }
  }

  /** An error about a field. */
  error(name: string, what: string): FormatError {
    return tokenizerError(`${this.path}.${name} in tokenizer.json ${what}`);
  }

  #read<T>(name: string, fallback: T | undefined, expected: string, isValid: (value: unknown) => boolean): T {
    const value = this.value(name);
    if (value === undefined && fallback !== undefined) return fallback;
    if (isValid(value)) return value as T;
    throw this.error(name, `must be ${expected}, got ${show(value)}`);
  }
}

/** The component that `type` names. Throws `FormatError` for a type that is not in `types`. */
export function createComponent<T>(
  json: unknown,
  path: string,
  types: Readonly<Record<string, (component: Component) => T>>,
): T {
  const component = new Component(json, path);
  const { type } = component;
  const create = Object.hasOwn(types, type) ? types[type] : undefined;
  if (!create) {
    throw tokenizerError(
      `${path}.type in tokenizer.json must be one of ${Object.keys(types).join(', ')}, got ${JSON.stringify(type)}`,
    );
  }
  const created = create(component);
  component.end();
  return created;
}

/** A value as JSON in an error. Objects of a caller may hold what JSON has none for. */
export function show(value: unknown): string {
  try {
    return String(JSON.stringify(value)).slice(0, 60);
  } catch {
    return typeof value;
  }
}
