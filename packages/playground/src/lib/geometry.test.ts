import { expect, test } from 'vitest';
import { angleOf, arcPath, closeness, polar } from './angle.ts';
import { barLength, mostMissed } from './effects.ts';
import { walk } from './grid.ts';
import { LEGEND_MARKS, signedToTone, weightToTone } from './scale.ts';
import { dot, fold, largest, shares } from './vectors.ts';

test('angles of cosines, rounding past one included', () => {
  expect(angleOf(1.0000001)).toBe(0);
  expect(angleOf(0)).toBeCloseTo(90, 10);
  expect(angleOf(-1)).toBe(180);
});

test('points and arcs turn upwards from the right', () => {
  const top = polar(10, 10, 5, 90);
  expect([top.x, top.y]).toEqual([expect.closeTo(10, 9), expect.closeTo(5, 9)]);
  expect(arcPath(0, 0, 10, 0, 180)).toBe('M10 0A10 10 0 0 0 -10 0');
});

test('a cosine has a word', () => {
  expect([0.95, 0.6, 0.3, 0.1, -0.2].map(closeness)).toEqual(['same', 'near', 'loose', 'apart', 'apart']);
});

test('keys walk a grid and stop at its edges', () => {
  const at = { row: 1, column: 1 };
  expect(walk(at, 'ArrowLeft', 3, 3)).toEqual({ row: 1, column: 0 });
  expect(walk({ row: 0, column: 2 }, 'ArrowUp', 3, 3)).toEqual({ row: 0, column: 2 });
  expect(walk(at, 'ArrowRight', 3, 2)).toEqual(at);
  expect(walk(at, 'Home', 3, 3)).toEqual({ row: 1, column: 0 });
  expect(walk(at, 'End', 3, 3, true)).toEqual({ row: 2, column: 2 });
  expect(walk(at, 'PageDown', 3, 3)).toEqual({ row: 2, column: 1 });
  expect(walk(at, 'Tab', 3, 3)).toBeUndefined();
});

test('the colour scale keeps its ends, its order and its middle', () => {
  expect(weightToTone(0)).toBe(0);
  expect(weightToTone(1)).toBe(1);
  expect(weightToTone(1.0001)).toBe(1);
  expect([...LEGEND_MARKS].map(weightToTone)).toEqual([...LEGEND_MARKS].map(weightToTone).sort());
  expect(signedToTone(0, 2)).toBe(0.5);
  expect(signedToTone(-2, 2)).toBe(0);
  expect(signedToTone(0, 0)).toBe(0.5);
});

test('the shares of a dot product sum to it', () => {
  const a = Float32Array.from([1, -2, 3]);
  const b = Float32Array.from([0.5, 1, 2]);
  expect(dot(a, b)).toBe(4.5);
  expect(shares(a, b).reduce((sum, value) => sum + value)).toBe(4.5);
  expect(largest(a)).toBe(3);
  expect(fold(a, 2)).toEqual({ rows: 2, columns: 2, data: Float32Array.from([1, -2, 3, 0]) });
});

test('the heads that are missed most come first', () => {
  const missed = mostMissed(
    [
      [1, 5],
      [3, 0],
    ],
    2,
  );
  expect(missed).toEqual([
    { layer: 0, head: 1, degrees: 5 },
    { layer: 1, head: 0, degrees: 3 },
  ]);
  expect(barLength(3, 5)).toBe(0.6);
  expect(barLength(0, 0)).toBe(0);
});
