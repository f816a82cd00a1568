import { characters, splitWords } from './text.ts';

/**
 * How BLEU splits a text into tokens, by sacreBLEU's names:
 *
 * - `13a`: as NIST's mteval-v13a: at white space and at ASCII punctuation, but not at a period or comma between digits; the entities
 *   `&quot;`, `&amp;`, `&lt;` and `&gt;` are replaced
 * - `intl`: as mteval-v14's international tokenization: at white space, at all punctuation of Unicode unless it stands between digits, and
 *   at all symbols
 * - `char`: every code point but white space is a token
 * - `none`: at white space only
 */
export type BleuTokenizer = '13a' | 'intl' | 'char' | 'none';

export const BLEU_TOKENIZERS: readonly BleuTokenizer[] = ['13a', 'intl', 'char', 'none'];

export function tokenizeForBleu(text: string, tokenizer: BleuTokenizer): string[] {
  switch (tokenizer) {
    case '13a': {
      const line = text.replaceAll('<skipped>', '').replaceAll('-\n', '').replaceAll('\n', ' ');
      return splitWords(separateDots(separatePunctuation(` ${decodeEntities(line)} `)));
    }
    case 'intl':
      return splitWords(
        text
          .replace(/(\P{N})(\p{P})/gu, '$1 $2 ')
          .replace(/(\p{P})(\P{N})/gu, ' $1 $2')
          .replace(/(\p{S})/gu, ' $1 '),
      );
    case 'char':
      return splitWords(characters(text).join(' '));
    case 'none':
      return splitWords(text);
  }
}

/** The text with the four entities that mteval and Tercom replace. */
export function decodeEntities(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>');
}

/** Puts spaces around ASCII punctuation other than the apostrophe, comma, hyphen and period. */
export function separatePunctuation(text: string): string {
  return text.replace(/([{-~[-` -&(-+:-@/])/gu, ' $1 ');
}

/** Puts spaces around periods and commas that are not between digits, and around a hyphen after a digit. */
export function separateDots(text: string): string {
  return text
    .replace(/([^0-9])([.,])/gu, '$1 $2 ')
    .replace(/([.,])([^0-9])/gu, ' $1 $2')
    .replace(/([0-9])(-)/gu, '$1 $2 ');
}
