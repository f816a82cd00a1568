import { HeadwiseError } from '../../errors.ts';

/**
 * A strict JSON parser for file headers. `JSON.parse` is unsuitable: it accepts duplicate keys, rounds large integers, does
 * not distinguish `1.0` and `1e2` from integers, and treats the key `__proto__` specially. Here objects are maps, integers
 * are exact, and everything that RFC 8259 does not allow is an error.
 */
export type StrictJson = string | number | bigint | boolean | null | JsonReal | StrictJson[] | JsonObject;
export type JsonObject = Map<string, StrictJson>;

/** A number with a fraction or an exponent, or `-0`. */
export class JsonReal {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** Invalid JSON. The message gives the position. */
export class JsonError extends HeadwiseError {
  readonly kind: 'syntax' | 'duplicate-key';

  constructor(kind: 'syntax' | 'duplicate-key', message: string) {
    super('ERR_FORMAT', message);
    this.kind = kind;
  }
}

/** The parsed formats nest at most four levels deep; the limit protects the call stack against malicious input. */
const MAX_DEPTH = 64;
/** Shapes have at most 64 elements, and no checkpoint has as many tensors; the limits bound the memory that a header of 100 MB takes. */
const MAX_ELEMENTS = 1024;
const MAX_KEYS = 2 ** 20;

/**
 * Parses a JSON text. Integers are returned as `number` if exact, else as `bigint`. Throws {@link JsonError} with the
 * position of the error.
 */
export function parseStrictJson(text: string): StrictJson {
  const parser = new Parser(text);
  const value = parser.value(0);
  parser.end();
  return value;
}

// The length is limited, so that a number of a million digits is rejected, not converted.
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

class Parser {
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): StrictJson {
    if (depth > MAX_DEPTH) throw this.#syntaxError(`nested deeper than ${MAX_DEPTH} levels`);
    this.#skipWhitespace();
    const first = this.#text[this.#position];
    if (first === '{') return this.#object(depth);
    if (first === '[') return this.#array(depth);
    if (first === '"') return this.#string();
    for (const [word, value] of LITERALS) {
      if (this.#text.startsWith(word, this.#position)) {
        this.#position += word.length;
        return value;
      }
    }
    return this.#number();
  }

  end(): void {
    this.#skipWhitespace();
    if (this.#position < this.#text.length) throw this.#syntaxError('unexpected text after the end');
  }

  #object(depth: number): JsonObject {
    const object: JsonObject = new Map();
    this.#position++;
    if (this.#accept('}')) return object;
    do {
      if (object.size === MAX_KEYS) throw this.#syntaxError(`an object of more than ${MAX_KEYS} keys`);
      this.#skipWhitespace();
      const key = this.#string();
      if (object.has(key)) {
        throw new JsonError('duplicate-key', `key ${JSON.stringify(key)} appears twice`);
      }
      if (!this.#accept(':')) throw this.#syntaxError("expected ':'");
      object.set(key, this.value(depth + 1));
    } while (this.#accept(','));
    if (!this.#accept('}')) throw this.#syntaxError("expected ',' or '}'");
    return object;
  }

  #array(depth: number): StrictJson[] {
    const array: StrictJson[] = [];
    this.#position++;
    if (this.#accept(']')) return array;
    do {
      if (array.length === MAX_ELEMENTS)
        throw this.#syntaxError(`a list of more than ${MAX_ELEMENTS} elements`);
      array.push(this.value(depth + 1));
    } while (this.#accept(','));
    if (!this.#accept(']')) throw this.#syntaxError("expected ',' or ']'");
    return array;
  }

  #string(): string {
    const start = this.#position;
    if (this.#text[start] !== '"') throw this.#syntaxError('expected a string');
    this.#position++;
    let escaped = false;
    // A loop instead of one regular expression, which could overflow its stack for a string of 100 MB.
    for (let code = this.#code(); code !== QUOTE; code = this.#code()) {
      if (code === BACKSLASH) {
        escaped = true;
        if (!this.#match(ESCAPE)) throw this.#syntaxError('invalid escape in a string');
      } else if (code >= SPACE) {
        this.#position++;
      } else {
        // charCodeAt returns NaN past the end.
        throw this.#syntaxError(Number.isNaN(code) ? 'unterminated string' : 'control character in a string');
      }
    }
    this.#position++;
    if (!escaped) return this.#text.slice(start + 1, this.#position - 1);
    const value = JSON.parse(this.#text.slice(start, this.#position)) as string;
    // Escapes can encode a lone surrogate, which has no UTF-8 encoding.
    if (/\p{Surrogate}/u.test(value)) throw this.#syntaxError('lone surrogate in a string');
    return value;
  }

  #number(): number | bigint | JsonReal {
    const match = this.#match(NUMBER);
    if (!match) throw this.#syntaxError('expected a value');
    const source = match[0];
    if (match[1] !== undefined || match[2] !== undefined) return new JsonReal(Number(source));
    const value = Number(source);
    if (Object.is(value, -0)) return new JsonReal(value);
    return Number.isSafeInteger(value) ? value : BigInt(source);
  }

  #accept(character: string): boolean {
    this.#skipWhitespace();
    if (this.#text[this.#position] !== character) return false;
    this.#position++;
    return true;
  }

  #skipWhitespace(): void {
    for (
      let code = this.#code();
      code === SPACE || code === 9 || code === 10 || code === 13;
      code = this.#code()
    ) {
      this.#position++;
    }
  }

  #code(): number {
    return this.#text.charCodeAt(this.#position);
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#position;
    const match = pattern.exec(this.#text);
    if (match) this.#position = pattern.lastIndex;
    return match;
  }

  #syntaxError(what: string): JsonError {
    return new JsonError('syntax', `${what} at character ${this.#position}`);
  }
}
