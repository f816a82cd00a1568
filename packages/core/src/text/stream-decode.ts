import { ConfigError } from '../errors.ts';
import { checkOptions, describeValue, type OptionNames } from '../options.ts';
import type { Tokenizer } from './tokenizer.ts';

export interface DecodeStreamOptions {
  /** Whether special tokens are left out. Default: true. */
  skipSpecialTokens?: boolean;
  /** Tokens that precede the streamed ones. Without a prefix, the leading space of the first word may be dropped. */
  prefix?: ArrayLike<number>;
}

/** Only the last tokens of a prefix are decoded: they matter only for the space before the first word. */
const PREFIX_TOKENS = 16;

/** What a character that lacks bytes is decoded to. */
const INCOMPLETE = '\ufffd';

/**
 * Decodes tokens one by one, as `DecodeStream` of the library `tokenizers` does. Each token gives the text that it adds, which is empty
 * while a character lacks bytes. Together the pieces are the text of `Tokenizer.decode` for all tokens with
 * `cleanUpTokenizationSpaces: false`.
 *
 * Each token is decoded together with those of the last piece only, so the cost per token does not grow with the text.
 */
export class DecodeStream {
  readonly #tokenizer: Tokenizer;
  readonly #skipSpecialTokens: boolean;
  /** The tokens of the last piece, then those whose text was not returned yet. */
  #ids: number[] = [];
  /** How many of the tokens are of the last piece. */
  #done = 0;
  /** The text of the tokens of the last piece on their own. */
  #prefix = '';

  constructor(tokenizer: Tokenizer, options: DecodeStreamOptions = {}) {
    checkOptions('DecodeStream', options, {
      skipSpecialTokens: 'boolean',
      prefix: 'object',
    } satisfies OptionNames<DecodeStreamOptions>);
    if (typeof tokenizer?.decode !== 'function')
      throw new ConfigError(`DecodeStream: needs a Tokenizer, got ${describeValue(tokenizer)}`);
    const { skipSpecialTokens = true, prefix = [] } = options;
    if (!Array.isArray(prefix) && !(prefix instanceof Int32Array))
      throw new ConfigError(
        `DecodeStream: prefix must be an array or Int32Array of ids, got ${describeValue(prefix)}`,
      );
    this.#tokenizer = tokenizer;
    this.#skipSpecialTokens = skipSpecialTokens;
    this.#ids = Array.from(prefix).slice(-PREFIX_TOKENS);
    this.#done = this.#ids.length;
    this.#prefix = this.#decode(this.#ids);
  }

  /** The text that a token adds; empty for skipped special tokens and within a character of several tokens. */
  push(id: number): string {
    if (this.#prefix === '' && this.#ids.length > 0) {
      const prefix = this.#decode(this.#ids);
      if (!prefix.endsWith(INCOMPLETE)) {
        this.#prefix = prefix;
        this.#done = this.#ids.length;
      }
    }
    this.#ids.push(id);
    const text = this.#decode(this.#ids);
    if (text.length <= this.#prefix.length || text.endsWith(INCOMPLETE)) return '';
    return this.#emit(text);
  }

  /**
   * The text that a token would add, without adding it. An incomplete character gives U+FFFD, a special token its entry in the vocabulary.
   */
  peek(id: number): string {
    if (this.#tokenizer.isSpecial(id)) return this.#tokenizer.idToToken(id) ?? '';
    return this.#added(this.#decode([...this.#ids, id]));
  }

  /** The rest at the end of the stream: U+FFFD for an incomplete character, else the empty string. */
  finish(): string {
    return this.#emit(this.#decode(this.#ids));
  }

  #emit(text: string): string {
    const added = this.#added(text);
    this.#ids = this.#ids.slice(this.#done);
    this.#done = this.#ids.length;
    this.#prefix = this.#decode(this.#ids);
    return added;
  }

  /** What a text has more than that of the last piece. */
  #added(text: string): string {
    return text.slice(commonPrefixLength(this.#prefix, text));
  }

  #decode(ids: readonly number[]): string {
    const skipSpecialTokens = this.#skipSpecialTokens;
    return this.#tokenizer.decode(ids, { skipSpecialTokens, cleanUpTokenizationSpaces: false });
  }

  /** Whether a token is a special one that the text leaves out. */
  isSkipped(id: number): boolean {
    return this.#skipSpecialTokens && this.#tokenizer.isSpecial(id);
  }
}

/** Length of the common prefix. It is all of `a` unless the decoder changed the end of `a`. */
function commonPrefixLength(a: string, b: string): number {
  if (b.startsWith(a)) return a.length;
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}
