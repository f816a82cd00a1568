import type { Matrix } from './raster.ts';

/** The dot product; the cosine of two vectors of length one. */
export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

/** Each dimension's share in the dot product: they sum to it. */
export function shares(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, i) => value * (b[i] ?? 0));
}

/** The largest size of any value. */
export function largest(values: Float32Array): number {
  return values.reduce((size, value) => Math.max(size, Math.abs(value)), 0);
}

/** A vector folded into `rows` rows to be drawn, filled up with zeros: 384 values in 8 rows are 8 × 48. */
export function fold(values: Float32Array, rows: number): Matrix {
  const columns = Math.max(1, Math.ceil(values.length / rows));
  const data = new Float32Array(rows * columns);
  data.set(values);
  return { rows, columns, data };
}
