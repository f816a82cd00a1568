import type { Matrix } from './raster.ts';

/** The dot product; for unit vectors, the cosine. */
export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

/** The Euclidean length. */
export function norm(vector: Float32Array): number {
  return Math.sqrt(dot(vector, vector));
}

/** The element-wise product, whose sum is the dot product. */
export function elementwiseProduct(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, i) => value * (b[i] ?? 0));
}

/** The largest absolute value. */
export function maxAbs(values: Float32Array): number {
  return values.reduce((size, value) => Math.max(size, Math.abs(value)), 0);
}

/** Reshapes a vector to a matrix of `rows` rows, padded with zeros: 384 values in 8 rows are 8 × 48. */
export function reshapeRows(values: Float32Array, rows: number): Matrix {
  const columns = Math.max(1, Math.ceil(values.length / rows));
  const data = new Float32Array(rows * columns);
  data.set(values);
  return { rows, columns, data };
}

/** A vector divided by its Euclidean norm. */
export function unitVector(vector: Float32Array): Float32Array {
  const length = norm(vector);
  return vector.map((value) => value / length);
}
