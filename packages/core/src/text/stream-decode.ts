import { CharacterBytes } from './byte-spelling.ts';
import type { Tokenizer } from './tokenizer.ts';

export interface DecodeStreamOptions {
  /** Whether special tokens are left out. Default: true. */
  skipSpecialTokens?: boolean;
  /** Tokens that were there before, which what comes continues: without them a first word has no space before it. */
  prefix?: ArrayLike<number>;
}

/** As many tokens of a prefix are looked at: their text decides only how the first word is joined to it. */
const PREFIX_TOKENS = 16;

/**
 * Turns tokens into text one by one: each gives what it adds to the text, nothing as long as a character lacks bytes. All of it together
 * is what `Tokenizer.decode` makes of all tokens, without its clean-up of spaces.
 *
 * Each token is decoded with the one before it, so that this takes the same time for each however long the text is.
 */
export class DecodeStream {
  readonly #tokenizer: Tokenizer;
  readonly #skipSpecialTokens: boolean;
  readonly #character = new CharacterBytes();
  /** Tokens whose text has been given, which the next ones are joined to. */
  #context: number[] = [];
  /** Tokens whose text has not. */
  #pending: number[] = [];

  constructor(tokenizer: Tokenizer, { skipSpecialTokens = true, prefix = [] }: DecodeStreamOptions = {}) {
    this.#tokenizer = tokenizer;
    this.#skipSpecialTokens = skipSpecialTokens;
    for (const id of Array.from(prefix).slice(-PREFIX_TOKENS)) if (!this.#skips(id)) this.#context.push(id);
  }

  /** The text that a token adds: empty for special tokens, and within a character of several tokens. */
  push(id: number): string {
    if (this.#skips(id)) return '';
    this.#pending.push(id);
    this.#character.push(this.#tokenizer.bytesOf(id));
    return this.#character.incomplete ? '' : this.#take();
  }

  /** What a token would add; of a character that would lack bytes, U+FFFD. Special tokens as the vocabulary spells them. */
  peek(id: number): string {
    if (this.#tokenizer.isSpecial(id)) return this.#tokenizer.idToToken(id) ?? '';
    return this.#added([...this.#pending, id]);
  }

  /** What is left when no more tokens come: a character that lacks bytes, as U+FFFD. */
  finish(): string {
    return this.#pending.length === 0 ? '' : this.#take();
  }

  #take(): string {
    const added = this.#added(this.#pending);
    if (added === '') return '';
    this.#context = this.#pending;
    this.#pending = [];
    return added;
  }

  #added(ids: readonly number[]): string {
    const before = this.#decode(this.#context);
    const after = this.#decode([...this.#context, ...ids]);
    return after.slice(commonLength(before, after));
  }

  #decode(ids: readonly number[]): string {
    const skipSpecialTokens = this.#skipSpecialTokens;
    return this.#tokenizer.decode(ids, { skipSpecialTokens, cleanUpTokenizationSpaces: false });
  }

  #skips(id: number): boolean {
    return this.#skipSpecialTokens && this.#tokenizer.isSpecial(id);
  }
}

/** How long the beginnings are that two texts share: all of the first, unless its end was not final. */
function commonLength(a: string, b: string): number {
  if (b.startsWith(a)) return a.length;
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}
