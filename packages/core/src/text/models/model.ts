/** The tokens of one word. */
export interface Word {
  readonly ids: readonly number[];
  /** Start of each token in the word, in UTF-16 units. */
  readonly starts: readonly number[];
  /** End of each token in the word, in UTF-16 units. */
  readonly ends: readonly number[];
  /** The text of each token: as in the vocabulary, or the piece of text that is unknown. */
  readonly tokens: readonly string[];
}

/** Splits words into tokens. */
export interface Model {
  /** Number of tokens. */
  readonly size: number;
  /** The largest id plus one. */
  readonly idLimit: number;
  /** Throws `ConfigError` for a word that the vocabulary lacks tokens for. */
  tokenize(word: string): Word;
  tokenToId(token: string): number | undefined;
  idToToken(id: number): string | undefined;
}
