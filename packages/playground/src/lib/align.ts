import type { Matrix } from './raster.ts';

/** Pairs of indices of two lists that stand for the same place. */
export type Alignment = ReadonlyArray<readonly [a: number, b: number]>;

/**
 * Pairs two lists of tokens: their common beginning, their common end, and what is between where both have the same number there. What is
 * between is else in one list only.
 */
export function align(a: readonly string[], b: readonly string[]): Alignment {
  const shorter = Math.min(a.length, b.length);
  let start = 0;
  while (start < shorter && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < shorter - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  const pairs: Array<readonly [number, number]> = [];
  for (let i = 0; i < start; i += 1) pairs.push([i, i]);
  if (a.length === b.length) for (let i = start; i < a.length - end; i += 1) pairs.push([i, i]);
  for (let i = end; i > 0; i -= 1) pairs.push([a.length - i, b.length - i]);
  return pairs;
}

/** Map `b` minus map `a` where both have a place, [pairs, pairs]. */
export function difference(a: Matrix, b: Matrix, pairs: Alignment): Matrix {
  const size = pairs.length;
  const data = new Float32Array(size * size);
  pairs.forEach(([queryA, queryB], row) => {
    pairs.forEach(([keyA, keyB], column) => {
      data[row * size + column] =
        (b.data[queryB * b.columns + keyB] ?? 0) - (a.data[queryA * a.columns + keyA] ?? 0);
    });
  });
  return { rows: size, columns: size, data };
}

/**
 * How much of the attention moved, 0 to 1: the mean over the rows of a {@link difference} of half the sum of its absolute values, with the
 * weight to places that only one text has as one place more (the total variation distance).
 */
export function movedShare({ rows, columns, data }: Matrix): number {
  let moved = 0;
  for (let row = 0; row < rows; row += 1) {
    let sum = 0;
    let rest = 0;
    for (let column = 0; column < columns; column += 1) {
      const change = data[row * columns + column] ?? 0;
      sum += Math.abs(change);
      rest += change;
    }
    moved += (sum + Math.abs(rest)) / 2;
  }
  return rows > 0 ? moved / rows : 0;
}
