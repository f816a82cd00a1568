import { expect, test } from 'vitest';
import { parseOptions } from '../src/options.ts';

test('parseOptions reads the experiment, the seed, the size and the file', () => {
  expect(parseOptions(['data', '--seed', '3', '--quick', '--json', 'out.json'])).toEqual({
    name: 'data',
    seed: 3,
    quick: true,
    json: 'out.json',
    help: false,
  });
  expect(parseOptions([])).toEqual({
    name: undefined,
    seed: 0,
    quick: false,
    json: undefined,
    help: false,
  });
});

test.each([['--seed', 'x'], ['--seed', '-1'], ['--seed', '1.5'], ['a', 'b'], ['--unknown']])(
  'parseOptions refuses %s %s',
  (...args) => {
    expect(() => parseOptions(args)).toThrow();
  },
);
