import type { Word } from './model.ts';

/** Words that are kept, and their length at most, so that long texts do not fill the memory. */
const MAX_WORDS = 20_000;
const MAX_LENGTH = 128;

/** Keeps the tokens of words, most of which occur often. */
export function cacheWords(tokenize: (word: string) => Word): (word: string) => Word {
  let words = new Map<string, Word>();
  return (word) => {
    const known = words.get(word);
    if (known) return known;
    const tokenized = tokenize(word);
    if (word.length <= MAX_LENGTH) {
      if (words.size >= MAX_WORDS) words = new Map();
      words.set(word, tokenized);
    }
    return tokenized;
  };
}
