/**
 * A strict JSON reader for file headers. `JSON.parse` is no use there: it hides duplicate keys, rounds large integers,
 * reads `1.0` and `1e2` as integers, and gives an entry named `__proto__` a special meaning. Here objects are maps,
 * integers stay exact, and whatever RFC 8259 does not allow is an error.
 */
export type StrictJson = string | number | bigint | boolean | null | JsonReal | StrictJson[] | JsonObject;
export type JsonObject = Map<string, StrictJson>;

/** A number that is not written as a plain integer. */
export class JsonReal {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** What is wrong with a JSON text, and where. */
export class JsonFault extends Error {
  readonly kind: 'syntax' | 'duplicate-key';

  constructor(kind: 'syntax' | 'duplicate-key', message: string) {
    super(message);
    this.kind = kind;
  }
}

/** No format that is read here nests deeper than four levels; the bound keeps hostile input off the call stack. */
const MAX_DEPTH = 64;

/**
 * Parses a whole JSON text. Plain integers come as `number` where that is exact and as `bigint` otherwise.
 * Throws {@link JsonFault} with the position of what is wrong.
 */
export function parseStrictJson(text: string): StrictJson {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

// Bounded, so that a number of a million digits is refused rather than converted.
const NUMBER = /-?(?:0|[1-9]\d{0,39})(\.\d{1,40})?([eE][+-]?\d{1,4})?/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y;
const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LITERALS: readonly (readonly [string, boolean | null])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): StrictJson {
    if (depth > MAX_DEPTH) throw this.#fault(`nested deeper than ${MAX_DEPTH} levels`);
    this.#skipWhitespace();
    const first = this.#text[this.#at];
    if (first === '{') return this.#object(depth);
    if (first === '[') return this.#array(depth);
    if (first === '"') return this.#string();
    for (const [word, value] of LITERALS) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    return this.#number();
  }

  end(): void {
    this.#skipWhitespace();
    if (this.#at < this.#text.length) throw this.#fault('unexpected text after the end');
  }

  #object(depth: number): JsonObject {
    const object: JsonObject = new Map();
    this.#at++;
    if (this.#accept('}')) return object;
    do {
      this.#skipWhitespace();
      const key = this.#string();
      if (object.has(key)) {
        throw new JsonFault('duplicate-key', `key ${JSON.stringify(key)} appears twice`);
      }
      if (!this.#accept(':')) throw this.#fault("expected ':'");
      object.set(key, this.value(depth + 1));
    } while (this.#accept(','));
    if (!this.#accept('}')) throw this.#fault("expected ',' or '}'");
    return object;
  }

  #array(depth: number): StrictJson[] {
    const array: StrictJson[] = [];
    this.#at++;
    if (this.#accept(']')) return array;
    do array.push(this.value(depth + 1));
    while (this.#accept(','));
    if (!this.#accept(']')) throw this.#fault("expected ',' or ']'");
    return array;
  }

  #string(): string {
    const start = this.#at;
    if (this.#text[start] !== '"') throw this.#fault('expected a string');
    this.#at++;
    let escaped = false;
    // Code by code rather than by one expression: a string of 100 MB must not exhaust a matcher's stack.
    for (let code = this.#code(); code !== QUOTE; code = this.#code()) {
      if (code === BACKSLASH) {
        escaped = true;
        if (!this.#match(ESCAPE)) throw this.#fault('unknown escape in a string');
      } else if (code >= SPACE) {
        this.#at++;
      } else {
        // Past the end there is no code: NaN.
        throw this.#fault(Number.isNaN(code) ? 'string without an end' : 'control character in a string');
      }
    }
    this.#at++;
    if (!escaped) return this.#text.slice(start + 1, this.#at - 1);
    const value = JSON.parse(this.#text.slice(start, this.#at)) as string;
    // An escape can spell half of a surrogate pair, which is no character and cannot be written as UTF-8.
    if (/\p{Surrogate}/u.test(value)) throw this.#fault('half of a surrogate pair in a string');
    return value;
  }

  #number(): number | bigint | JsonReal {
    const match = this.#match(NUMBER);
    if (!match) throw this.#fault('expected a value');
    const source = match[0];
    if (match[1] !== undefined || match[2] !== undefined) return new JsonReal(Number(source));
    const value = Number(source);
    if (Object.is(value, -0)) return new JsonReal(value);
    return Number.isSafeInteger(value) ? value : BigInt(source);
  }

  #accept(character: string): boolean {
    this.#skipWhitespace();
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #skipWhitespace(): void {
    for (
      let code = this.#code();
      code === SPACE || code === 9 || code === 10 || code === 13;
      code = this.#code()
    ) {
      this.#at++;
    }
  }

  #code(): number {
    return this.#text.charCodeAt(this.#at);
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match) this.#at = pattern.lastIndex;
    return match;
  }

  #fault(what: string): JsonFault {
    return new JsonFault('syntax', `${what} at character ${this.#at}`);
  }
}
