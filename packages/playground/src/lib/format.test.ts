import { expect, test } from 'vitest';
import { formatBytes, formatCosine, formatDegrees, formatMilliseconds, formatWeight } from './format.ts';

test('formatBytes uses B, kB and MB', () => {
  expect([999, 612_000, 45_441_937].map(formatBytes)).toEqual(['999 B', '612 kB', '45.4 MB']);
});

test('formatMilliseconds shows two or more significant digits', () => {
  expect([0.841, 8.41, 84.1].map(formatMilliseconds)).toEqual(['0.84 ms', '8.4 ms', '84 ms']);
});

test('formatWeight, formatCosine and formatDegrees round to fixed digits', () => {
  expect(formatWeight(0.285172)).toBe('0.2852');
  expect(formatCosine(-0.05)).toBe('−0.0500');
  expect([3.14, 31.4].map(formatDegrees)).toEqual(['3.1°', '31°']);
});
