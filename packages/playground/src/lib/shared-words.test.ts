import { expect, test } from 'vitest';
import { sharedWords } from './shared-words.ts';

test('sharedWords finds words of both texts once, without regard to case and punctuation', () => {
  expect(sharedWords('The bank, the river bank.', 'A Bank by the river?')).toEqual(['The', 'bank', 'river']);
  expect(sharedWords('나는 커피를 마셨다.', '나는 차를 마셨다!')).toEqual(['나는', '마셨다']);
  expect(sharedWords('a', '')).toEqual([]);
});
