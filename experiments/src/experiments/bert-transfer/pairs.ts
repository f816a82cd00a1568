import type { Tokenizer } from '@headwise/core';
import type { NextSentenceExample } from '@headwise/core/train';
import { Choices } from '../../data/random.ts';
import type { Side } from '../../data/split.ts';
import { groupBy } from './group-by.ts';
import { type ConsecutiveTexts, type Corpus, grammarPairs, messagePairs, type Texts } from './texts.ts';

/** Two consecutive texts as token ids, without special tokens. */
export interface TokenPair {
  readonly kind: string;
  readonly first: readonly number[];
  readonly second: readonly number[];
}

/** The ids of special tokens, as `trainWordPiece` numbers them. */
export const SPECIAL = { pad: 0, unk: 1, cls: 2, sep: 3, mask: 4 } as const;

export const idsOf = (tokenizer: Tokenizer, text: string): number[] => [
  ...tokenizer.encode(text, { addSpecialTokens: false }).ids,
];

const encodePair = (tokenizer: Tokenizer, { kind, first, second }: ConsecutiveTexts): TokenPair => ({
  kind,
  first: idsOf(tokenizer, first),
  second: idsOf(tokenizer, second),
});

/** Pairs of a corpus, drawn anew for each seed: `count` of them, or as many as there are. */
export function drawPairs(
  tokenizer: Tokenizer,
  texts: Texts,
  corpus: Corpus,
  side: Side,
  { seed, count }: { readonly seed: number; readonly count: number },
): TokenPair[] {
  const pairs =
    corpus === 'grammar'
      ? grammarPairs(side, count, seed, texts.excluded)
      : new Choices(seed, 8).shuffled(messagePairs(texts, side, seed)).slice(0, count);
  return pairs.map((pair) => encodePair(tokenizer, pair));
}

/**
 * Pairs as examples of next sentence prediction (Devlin et al. 2019, §3.1): in half of them the second text is replaced by that of another pair
 * of the same kind.
 */
export function nextSentenceExamples(
  pairs: readonly TokenPair[],
  maxLength: number,
  choices: Choices,
): NextSentenceExample[] {
  const byKind = groupBy(pairs, ({ kind }) => kind);
  return pairs.map(({ kind, first, second }) => {
    const others = byKind.get(kind)!;
    const differs = (other: TokenPair) => other.second.join(' ') !== second.join(' ');
    // Texts such as "OK" are the translation of several others.
    for (let tries = 0; choices.chance(0.5) && tries < 20; tries++) {
      const other = choices.of(others);
      if (differs(other)) return joined(first, other.second, false, maxLength);
    }
    return joined(first, second, true, maxLength);
  });
}

/** `[CLS] first [SEP] second [SEP]`, cut at the end of the longer text where it is too long. */
export function joined(
  first: readonly number[],
  second: readonly number[],
  isNext: boolean,
  maxLength: number,
): NextSentenceExample {
  let [a, b] = [first.length, second.length];
  while (a + b + 3 > maxLength) {
    if (a > b) a--;
    else b--;
  }
  const ids = [SPECIAL.cls, ...first.slice(0, a), SPECIAL.sep, ...second.slice(0, b), SPECIAL.sep];
  const typeIds = ids.map((_, i) => (i < a + 2 ? 0 : 1));
  return { ids: Int32Array.from(ids), typeIds: Int32Array.from(typeIds), isNext };
}
