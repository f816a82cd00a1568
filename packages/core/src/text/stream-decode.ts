import { Utf8Tracker } from './token-bytes.ts';
import type { Tokenizer } from './tokenizer.ts';

export interface DecodeStreamOptions {
  /** Whether special tokens are left out. Default: true. */
  skipSpecialTokens?: boolean;
  /** Tokens that precede the streamed ones. Without a prefix, the leading space of the first word may be dropped. */
  prefix?: ArrayLike<number>;
}

/** Only the last tokens of a prefix are decoded: they matter only for the space before the first word. */
const PREFIX_TOKENS = 16;

/**
 * Decodes tokens one by one. Each token gives the text that it adds, which is empty while a character lacks bytes. Together the pieces are
 * the text of `Tokenizer.decode` for all tokens with `cleanUpTokenizationSpaces: false`.
 *
 * Each token is decoded together with the preceding one only, so the cost per token does not grow with the text.
 */
export class DecodeStream {
  readonly #tokenizer: Tokenizer;
  readonly #skipSpecialTokens: boolean;
  readonly #utf8 = new Utf8Tracker();
  /** The last tokens whose text was returned; the next tokens are decoded together with them. */
  #context: number[] = [];
  /** Tokens whose text was not returned yet. */
  #pending: number[] = [];

  constructor(tokenizer: Tokenizer, { skipSpecialTokens = true, prefix = [] }: DecodeStreamOptions = {}) {
    this.#tokenizer = tokenizer;
    this.#skipSpecialTokens = skipSpecialTokens;
    for (const id of Array.from(prefix).slice(-PREFIX_TOKENS))
      if (!this.isSkipped(id)) this.#context.push(id);
  }

  /** The text that a token adds; empty for skipped special tokens and within a character of several tokens. */
  push(id: number): string {
    if (this.isSkipped(id)) return '';
    this.#pending.push(id);
    this.#utf8.push(this.#tokenizer.bytesOf(id));
    return this.#utf8.incomplete ? '' : this.#flush();
  }

  /**
   * The text that a token would add, without adding it. An incomplete character gives U+FFFD, a special token its entry in the vocabulary.
   */
  peek(id: number): string {
    if (this.#tokenizer.isSpecial(id)) return this.#tokenizer.idToToken(id) ?? '';
    return this.#textAddedBy([...this.#pending, id]);
  }

  /** The rest at the end of the stream: U+FFFD for an incomplete character, else the empty string. */
  finish(): string {
    return this.#pending.length === 0 ? '' : this.#flush();
  }

  #flush(): string {
    const text = this.#textAddedBy(this.#pending);
    if (text === '') return '';
    this.#context = this.#pending;
    this.#pending = [];
    return text;
  }

  #textAddedBy(ids: readonly number[]): string {
    const before = this.#decode(this.#context);
    const after = this.#decode([...this.#context, ...ids]);
    return after.slice(commonPrefixLength(before, after));
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
