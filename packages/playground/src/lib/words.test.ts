import { expect, test } from 'vitest';
import { asObject } from './josa.ts';
import { mergeWeights, wordsOf } from './words.ts';

test('tokens make words: a space begins one, punctuation belongs to the word before, the end is by itself', () => {
  const words = wordsOf(['▁', 'I', '▁love', '▁you', '.', '</s>']);
  expect(words.map(({ text, from, to, end }) => [text, from, to, end])).toEqual([
    ['I', 0, 2, false],
    ['love', 2, 3, false],
    ['you.', 3, 5, false],
    ['</s>', 5, 6, true],
  ]);
  expect(wordsOf([])).toEqual([]);
});

test('weights to the tokens of a word are added, those from them averaged', () => {
  const words = wordsOf(['▁a', 'b', '▁c']);
  // Rows of a, b and c.
  const weights = [0.1, 0.2, 0.7, 0.3, 0.4, 0.3, 0.5, 0.25, 0.25];
  const merged = mergeWeights(weights, 3, words, words);
  expect(merged).toEqual([
    [expect.closeTo(0.5), expect.closeTo(0.5)],
    [expect.closeTo(0.75), expect.closeTo(0.25)],
  ]);
});

test('the particle of an object follows the last sound', () => {
  expect(['물', '커피', '수요일', '2', '1', 'love'].map(asObject)).toEqual([
    '‘물’을',
    '‘커피’를',
    '‘수요일’을',
    '‘2’를',
    '‘1’을',
    '‘love’를',
  ]);
});
