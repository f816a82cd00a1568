import { expect, test } from 'vitest';
import { problemsOf } from '../src/data/check.ts';
import type { Pair } from '../src/data/split.ts';
import { strings } from '../src/data/strings.ts';

const sizes = { train: 1000, validation: 100, test: 100 };

test.each(['copy', 'reverse'] as const)('%s gives what it says, of the lengths asked for', (task) => {
  const data = strings({ task, sizes, lengths: [2, 10], longest: 15, longer: 50 });
  for (const { source, target } of [...data.train, ...data.longer])
    expect(target).toBe(task === 'copy' ? source : [...source].reverse().join(''));
  const lengths = (pairs: readonly Pair[]) => pairs.map(({ source }) => source.length);
  expect([Math.min(...lengths(data.train)), Math.max(...lengths(data.train))]).toEqual([2, 10]);
  expect([Math.min(...lengths(data.longer)), Math.max(...lengths(data.longer))]).toEqual([11, 15]);
});

test('strings are the same for the same seed, and are on one side', () => {
  const data = strings({ task: 'copy', sizes });
  expect(strings({ task: 'copy', sizes })).toEqual(data);
  const other = strings({ task: 'copy', sizes, seed: 1, lengths: [3, 5] });
  const shown = ({ source, target }: Pair) => ({ key: source, rest: target });
  const { train, validation, test: held } = { ...other, train: data.train };
  expect(
    problemsOf({ train: train.map(shown), validation: validation.map(shown), test: held.map(shown) }, 1000),
  ).toEqual([]);
});

test('strings refuses sizes larger than what there is', () => {
  const few = { task: 'copy', alphabet: 'ab', lengths: [1, 2], sizes } as const;
  expect(() => strings(few)).toThrow('expected 1000 different examples, found');
});
