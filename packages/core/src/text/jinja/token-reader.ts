import { JinjaError } from './error.ts';
import type { Token } from './lexer.ts';

/** Templates may nest blocks and expressions this deep. */
const MAX_DEPTH = 150;

/** Reads the tokens of a template one after another. */
export class TokenReader {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** The token that is read next. */
  protected get token(): Token {
    return this.#tokens[this.#at]!;
  }

  /** The token after the next one. */
  protected get next(): Token | undefined {
    return this.#tokens[this.#at + 1];
  }

  protected advance(count = 1): void {
    this.#at += count;
  }

  protected fail(what: string): never {
    throw new JinjaError(`line ${this.token.line}: ${what}`);
  }

  /** Whether the next token is of a kind, and has a text. */
  protected is(kind: Token['kind'], text?: string): boolean {
    return this.token.kind === kind && (text === undefined || this.token.text === text);
  }

  /** Reads a token that must be the next one. */
  protected take(kind: Token['kind'], text?: string): Token {
    if (!this.is(kind, text))
      this.fail(`expected ${text === undefined ? kind : `'${text}'`}, got '${this.token.text}'`);
    return this.#tokens[this.#at++]!;
  }

  /** Reads a token if it is the next one. Returns whether it was. */
  protected skip(kind: Token['kind'], text: string): boolean {
    const found = this.is(kind, text);
    if (found) this.#at++;
    return found;
  }

  /** Runs `parse` one level deeper. */
  protected nested<T>(parse: () => T): T {
    if (++this.#depth > MAX_DEPTH) this.fail('blocks or expressions are nested too deeply');
    const result = parse();
    this.#depth--;
    return result;
  }
}
