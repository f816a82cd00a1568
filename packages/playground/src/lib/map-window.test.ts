import { expect, test } from 'vitest';
import { centreAt, crop, follow, MIN_SPAN, wholeMap, zoomAt } from './map-window.ts';

const size = 200;

test('zooming keeps the cell under the pointer where it is, and ends at the map and at a few cells', () => {
  const half = zoomAt(wholeMap(size), size, 0.5, { row: 100, column: 40 });
  expect(half).toEqual({ row: 50, column: 20, span: 100 });
  expect(zoomAt(half, size, 2, { row: 100, column: 40 })).toEqual(wholeMap(size));
  expect(zoomAt(half, size, 100, { row: 0, column: 0 })).toEqual(wholeMap(size));
  const least = zoomAt(half, size, 0, { row: 149, column: 119 });
  expect(least.span).toBe(MIN_SPAN);
  expect(least.row + least.span).toBeLessThanOrEqual(size);
  expect(zoomAt({ row: 0, column: 0, span: 9 }, size, 1.01, { row: 0, column: 0 }).span).toBe(10);
});

test('a window stays within the map, and follows a cell no further than it must', () => {
  const window = { row: 50, column: 50, span: 20 };
  expect(centreAt(window, size, { row: 0, column: 199 })).toEqual({ row: 0, column: 180, span: 20 });
  expect(follow(window, { row: 60, column: 60 })).toEqual(window);
  expect(follow(window, { row: 70, column: 49 })).toEqual({ row: 51, column: 49, span: 20 });
});

test('crop has the weights of the window', () => {
  const map = { rows: 4, columns: 4, data: Float32Array.from({ length: 16 }, (_, i) => i) };
  expect([...crop(map, { row: 1, column: 2, span: 2 }).data]).toEqual([6, 7, 10, 11]);
  expect(crop(map, wholeMap(4))).toBe(map);
});
