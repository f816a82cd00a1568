import { expect, test } from 'vitest';
import { ENGLISH_WORDS, KOREAN_WORDS } from './grammar-words.ts';
import { unknownWords } from './unknown-words.ts';

test('known words are those of the sentences, in any case and with punctuation', () => {
  expect(unknownWords('Do YOU love me?', ENGLISH_WORDS)).toEqual([]);
  expect(unknownWords('나는 너를 사랑해.', KOREAN_WORDS)).toEqual([]);
  expect(unknownWords('', ENGLISH_WORDS)).toEqual([]);
});

test('an unknown word is named with its place, and with words that are spelled alike', () => {
  const [coffee] = unknownWords('I drank cofee', ENGLISH_WORDS);
  expect(coffee).toMatchObject({ word: 'cofee', start: 8, end: 13 });
  expect(coffee?.suggestions[0]).toBe('coffee');
  // Hangul is compared by letters: 컴퓨타 and 컴퓨터 differ in one of eleven.
  const [computer] = unknownWords('컴퓨타를 샀다', KOREAN_WORDS);
  expect(computer?.suggestions[0]).toBe('컴퓨터를');
});
