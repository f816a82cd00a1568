import { expect, test } from 'vitest';
import { cellAt, rasterise } from './raster.ts';

/** A ramp whose colour channels equal the step, so that a pixel's value shows its tone. */
const ramp = Uint8ClampedArray.from({ length: 256 * 3 }, (_, i) => Math.floor(i / 3));
const matrix = (rows: number, columns: number, values: number[]) => ({
  rows,
  columns,
  data: Float32Array.from(values),
});
const reds = (pixels: Uint8ClampedArray): number[] => [...pixels].filter((_, i) => i % 4 === 0);
const identity = (value: number): number => value;

test('rasterise draws cells larger than pixels as sharp rectangles', () => {
  const { pixels } = rasterise(matrix(2, 2, [0, 1, 0.2, 0.4]), 4, 4, ramp, identity);
  expect(reds(pixels)).toEqual([0, 0, 255, 255, 0, 0, 255, 255, 51, 51, 102, 102, 51, 51, 102, 102]);
  expect([...pixels].filter((_, i) => i % 4 === 3)).toEqual(Array(16).fill(255));
});

test('rasterise assigns each pixel to one cell when the sizes do not divide evenly', () => {
  const { pixels } = rasterise(matrix(1, 3, [0, 0.2, 1]), 7, 1, ramp, identity);
  expect(reds(pixels)).toEqual([0, 0, 0, 51, 51, 255, 255]);
});

test('rasterise averages cells that share a pixel', () => {
  const { pixels } = rasterise(matrix(2, 4, [1, 0, 0, 0, 0, 0, 0, 0.8]), 2, 1, ramp, identity);
  expect(reds(pixels)).toEqual([64, 51]);
});

test('cellAt returns the cell under a point, and undefined outside', () => {
  expect(cellAt(0, 0, 100, 50, 2, 4)).toEqual({ row: 0, column: 0 });
  expect(cellAt(99.9, 49.9, 100, 50, 2, 4)).toEqual({ row: 1, column: 3 });
  expect(cellAt(25, 25, 100, 50, 2, 4)).toEqual({ row: 1, column: 1 });
  expect(cellAt(100, 10, 100, 50, 2, 4)).toBeUndefined();
  expect(cellAt(-0.1, 10, 100, 50, 2, 4)).toBeUndefined();
});
