import { expect, test } from 'vitest';
import { formatBytes, formatCosine, formatDegrees, formatMilliseconds, formatWeight } from './format.ts';

test('bytes', () => {
  expect([999, 612_000, 45_441_937].map(formatBytes)).toEqual(['999 B', '612 kB', '45.4 MB']);
});

test('times keep the digits that mean something', () => {
  expect([0.841, 8.41, 84.1].map(formatMilliseconds)).toEqual(['0.84 ms', '8.4 ms', '84 ms']);
});

test('weights, cosines and angles', () => {
  expect(formatWeight(0.285172)).toBe('0.2852');
  expect(formatCosine(-0.05)).toBe('−0.0500');
  expect([3.14, 31.4].map(formatDegrees)).toEqual(['3.1°', '31°']);
});
