import { expect, test } from 'vitest';
import { problemsOf } from '../src/data/check.ts';
import { hash, sideOf, splitBy } from '../src/data/split.ts';

test('hash gives the same numbers as ever', () => {
  // The sides of all data sets depend on them.
  expect(['', 'a', '사과', 'Cannot find name'].map(hash)).toMatchInlineSnapshot(`
    [
      2872998923,
      444641715,
      1451666417,
      554411354,
    ]
  `);
});

test('sides have 80, 10 and 10 % of the keys', () => {
  const sides = Array.from({ length: 20_000 }, (_, i) => sideOf(`key ${i}`));
  const share = (side: string) => sides.filter((other) => other === side).length / sides.length;
  expect(share('train')).toBeCloseTo(0.8, 1.5);
  expect(share('validation')).toBeCloseTo(0.1, 1.5);
  expect(share('test')).toBeCloseTo(0.1, 1.5);
});

test('splitBy keeps the order and what has one key together', () => {
  const items = Array.from({ length: 300 }, (_, i) => i);
  const { train, validation, test: held } = splitBy(items, (i) => `group ${i % 30}`);
  expect([...train, ...validation, ...held].sort((a, b) => a - b)).toEqual(items);
  expect(train).toEqual(train.toSorted((a, b) => a - b));
  for (const part of [train, validation, held])
    for (const i of part) expect(part.includes(i % 30)).toBe(true);
});

test('problemsOf names leaks, empty sides and sizes below the least', () => {
  const one = (key: string) => ({ key, rest: '' });
  expect(problemsOf({ train: [one('a')], validation: [one('a')], test: [] }, 2)).toEqual([
    'expected at least 2 examples to train on, found 1',
    '1 texts are both in train and in validation: a',
    'test has no examples',
  ]);
});
