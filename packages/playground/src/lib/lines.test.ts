import { expect, test } from 'vitest';
import { attentionLines, linePath, rowCentre } from './lines.ts';

const layout = { width: 100, rowHeight: 20 };
const map = { rows: 2, columns: 2, data: Float32Array.from([0.99, 0.01, 0.3, 0.7]) };

test('linePath connects the centres of two rows with horizontal ends', () => {
  expect(rowCentre(layout, 2)).toBe(50);
  expect(linePath(layout, 0, 2)).toBe('M0 10C45 10 55 50 100 50');
});

test('attentionLines leaves out small weights and sorts by weight', () => {
  const lines = attentionLines(map, layout);
  expect(lines.map(({ query, key }) => [query, key])).toEqual([
    [1, 0],
    [1, 1],
    [0, 0],
  ]);
  expect(lines[0]?.weight).toBeCloseTo(0.3, 6);
});

test('attentionLines returns the lines of one query when it is given', () => {
  expect(attentionLines(map, layout, 0)).toHaveLength(1);
  expect(attentionLines(map, layout, 1)).toHaveLength(2);
});
