import { expect, test } from 'vitest';
import { disturbance, paceChange } from './pace.ts';

test('paceChange compares the best times of both halves of a run', () => {
  expect(paceChange([[1, 3, 2, 4, 2, 2]])).toBe(2);
  expect(paceChange([[4, 2, 2, 1, 3, 2]])).toBe(2);
});

test('a change of one contender is not one of the machine', () => {
  const steady = [1, 1, 1, 1, 1, 1];
  expect(paceChange([steady, [1, 1, 1, 3, 3, 3], steady])).toBe(1);
});

test('few samples say nothing', () => {
  expect(paceChange([[1, 1, 9, 9]])).toBe(1);
  expect(paceChange([])).toBe(1);
});

test('disturbance compares medians with best times', () => {
  const rows = [
    { bestMs: 1, medianMs: 3 },
    { bestMs: 2, medianMs: 4 },
    { bestMs: 1, medianMs: 1 },
    { bestMs: null, medianMs: null },
  ];
  expect(disturbance(rows)).toBe(2);
  expect(disturbance([])).toBe(1);
});
