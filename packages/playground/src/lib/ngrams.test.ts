import { expect, test } from 'vitest';
import { LetterIndex, tintShared } from './ngrams.ts';

test('LetterIndex computes cosines of weighted n-grams', async () => {
  const index = await LetterIndex.build(['ab', 'ac']);
  // ' a' is in both: weight 1; ' ab', 'ab', 'ab ', 'b ', ' ab ' in one: ln(3 / 2) + 1.
  const rare = Math.log(3 / 2) + 1;
  const [first, second] = index.search('ab', 10);
  expect(first).toMatchObject({ passage: 0, score: expect.closeTo(1, 12) });
  expect(second!.passage).toBe(1);
  expect(second!.score).toBeCloseTo(1 / (1 + 5 * rare ** 2), 12);
  expect(second!.shared).toEqual([{ gram: ' a', part: expect.closeTo(second!.score, 12) }]);
});

test('the parts of a similarity add up to it, largest first', async () => {
  const texts = ['나는 커피를 마셨다.', '너는 커피를 마신다.', '차가 식었다.'];
  for (const { score, shared } of (await LetterIndex.build(texts)).search('커피를 마시는 사람', 10)) {
    expect(shared.reduce((sum, { part }) => sum + part, 0)).toBeCloseTo(score, 12);
    expect(shared.map(({ part }) => part)).toEqual(shared.map(({ part }) => part).sort((a, b) => b - a));
  }
});

test('texts without a common n-gram are not found, nor those that are not among the searched', async () => {
  const index = await LetterIndex.build(['나는 커피를 마셨다.', 'coffee']);
  expect(index.search('tea', 10)).toEqual([]);
  expect(index.search('   ', 10)).toEqual([]);
  expect(index.search('coffee 커피', 10).map(({ passage }) => passage)).toEqual([1, 0]);
  expect(index.search('coffee 커피', 10, new Set([0])).map(({ passage }) => passage)).toEqual([0]);
  expect(index.search('coffee 커피', 1)).toHaveLength(1);
});

test('tintShared spreads the parts over the letters of the text', async () => {
  const [hit] = (await LetterIndex.build(['Der İGel, 🦔 커피', 'nichts'])).search('igel 🦔 커피', 1);
  const pieces = tintShared('Der İGel, 🦔 커피', hit!.shared);
  expect(pieces.map(({ text }) => text).join('')).toBe('Der İGel, 🦔 커피');
  const sum = pieces.reduce((total, { part }) => total + part, 0);
  expect(sum).toBeCloseTo(hit!.score, 12);
  expect(pieces.find(({ text }) => text.includes('D'))!.part).toBe(0);
  expect(pieces.filter(({ text }) => text.includes('커')).every(({ part }) => part > 0)).toBe(true);
});
