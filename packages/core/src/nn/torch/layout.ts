import type { Backend, Tensor } from '../../backend/backend.ts';
import { type FloatArray, isFloatArray } from './float-array.ts';

/** `[length, batch, features]` → `[batch, length, features]`; of one sequence `[length, features]` → `[1, length, features]`. */
export function batchFirstShape(shape: readonly number[]): readonly number[] {
  if (shape.length === 2) return [1, ...shape];
  const [length = 0, batch = 0, ...rest] = shape;
  return [batch, length, ...rest];
}

/** The same input under another shape, for checks. */
export function withShape(x: FloatArray | Tensor, shape: readonly number[]): FloatArray | Tensor {
  return isFloatArray(x) ? { data: x.data, shape } : { shape };
}

/** Rows of `[a, b]` in the order of `[b, a]`: `x[a · b, features]` → `[b · a, features]`. */
export function swapRows(backend: Backend, x: Tensor, a: number, b: number): Tensor {
  if (a === 1 || b === 1) return x;
  return backend.embedding(
    x,
    Int32Array.from({ length: a * b }, (_, i) => (i % a) * b + Math.floor(i / a)),
  );
}
