import { expect, test } from 'vitest';
import { arcPath, cosineToDegrees, polarPoint, similarityLevel } from './cosine.ts';
import { cellAfterKey } from './grid-navigation.ts';
import { largestEffects } from './head-effects.ts';
import { LEGEND_MARKS, signedToTone, weightToTone } from './scale.ts';
import { dot, elementwiseProduct, maxAbs, reshapeRows } from './vectors.ts';

test('cosineToDegrees clamps cosines that rounding has moved past 1', () => {
  expect(cosineToDegrees(1.0000001)).toBe(0);
  expect(cosineToDegrees(0)).toBeCloseTo(90, 10);
  expect(cosineToDegrees(-1)).toBe(180);
});

test('polarPoint and arcPath measure angles counter-clockwise from the right', () => {
  const top = polarPoint(10, 10, 5, 90);
  expect([top.x, top.y]).toEqual([expect.closeTo(10, 9), expect.closeTo(5, 9)]);
  expect(arcPath(0, 0, 10, 0, 180)).toBe('M10 0A10 10 0 0 0 -10 0');
});

test('similarityLevel maps cosines to levels', () => {
  expect([0.95, 0.6, 0.3, 0.1, -0.2].map(similarityLevel)).toEqual([
    'same',
    'near',
    'loose',
    'apart',
    'apart',
  ]);
});

test('cellAfterKey moves by arrow, Home, End and Page keys and stops at the edges', () => {
  const at = { row: 1, column: 1 };
  expect(cellAfterKey(at, 'ArrowLeft', 3, 3)).toEqual({ row: 1, column: 0 });
  expect(cellAfterKey({ row: 0, column: 2 }, 'ArrowUp', 3, 3)).toEqual({ row: 0, column: 2 });
  expect(cellAfterKey(at, 'ArrowRight', 3, 2)).toEqual(at);
  expect(cellAfterKey(at, 'Home', 3, 3)).toEqual({ row: 1, column: 0 });
  expect(cellAfterKey(at, 'End', 3, 3, true)).toEqual({ row: 2, column: 2 });
  expect(cellAfterKey(at, 'PageDown', 3, 3)).toEqual({ row: 2, column: 1 });
  expect(cellAfterKey(at, 'Tab', 3, 3)).toBeUndefined();
});

test('weightToTone and signedToTone preserve the ends, the order and the middle', () => {
  expect(weightToTone(0)).toBe(0);
  expect(weightToTone(1)).toBe(1);
  expect(weightToTone(1.0001)).toBe(1);
  expect([...LEGEND_MARKS].map(weightToTone)).toEqual([...LEGEND_MARKS].map(weightToTone).sort());
  expect(signedToTone(0, 2)).toBe(0.5);
  expect(signedToTone(-2, 2)).toBe(0);
  expect(signedToTone(0, 0)).toBe(0.5);
});

test('elementwiseProduct sums to the dot product, and reshapeRows pads with zeros', () => {
  const a = Float32Array.from([1, -2, 3]);
  const b = Float32Array.from([0.5, 1, 2]);
  expect(dot(a, b)).toBe(4.5);
  expect(elementwiseProduct(a, b).reduce((sum, value) => sum + value)).toBe(4.5);
  expect(maxAbs(a)).toBe(3);
  expect(reshapeRows(a, 2)).toEqual({ rows: 2, columns: 2, data: Float32Array.from([1, -2, 3, 0]) });
});

test('largestEffects sorts heads by effect', () => {
  const effects = largestEffects(
    [
      [1, 5],
      [3, 0],
    ],
    2,
  );
  expect(effects).toEqual([
    { layer: 0, head: 1, size: 5 },
    { layer: 1, head: 0, size: 3 },
  ]);
});
