import { expect, it } from 'vitest';
import { TEST_PAIRS, TRAIN_PAIRS } from '../../packages/playground/src/engine/train/sentence-pairs.ts';
import { ENGLISH_WORDS, KOREAN_WORDS } from '../../packages/playground/src/lib/grammar-words.ts';
import { shortSentences, textOf } from '../src/commands/sentences.ts';
import { wordsOf } from '../src/commands/words.ts';

it('the words of the playground are those of the grammar', () => {
  const english = wordsOf('en-ko', 2000, 1);
  expect([...english].filter((word) => !ENGLISH_WORDS.includes(word))).toEqual([]);
  expect(english.size).toBeGreaterThan(ENGLISH_WORDS.length * 0.9);
  // Some forms are rare: of a sample of another seed nearly all are known.
  const korean = wordsOf('ko-en', 2000, 1);
  const unknown = [...korean].filter((word) => !KOREAN_WORDS.includes(word));
  expect(unknown.length).toBeLessThan(korean.size / 200);
});

it('the sentences that the playground trains on are those of the grammar', () => {
  const { train, test } = shortSentences();
  expect(TRAIN_PAIRS).toBe(textOf(train));
  expect(TEST_PAIRS).toBe(textOf(test));
});
