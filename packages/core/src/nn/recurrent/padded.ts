import type { Backend, Offsets, Tensor } from '../../backend/backend.ts';
import { ShapeError } from '../../errors.ts';
import { evenOffsets, type FloatArray, type Sequences, toRows } from '../torch/float-array.ts';

/** Offsets of sequences of `lengths[s]` tokens each; without `lengths`, of the whole batch. Throws `ShapeError` for invalid lengths. */
export function offsetsOf(layer: string, { batch, length }: Sequences, lengths?: ArrayLike<number>): Offsets {
  if (!lengths) return evenOffsets(batch, length);
  const list = Array.from(lengths);
  if (list.length !== batch || !list.every((n) => Number.isSafeInteger(n) && n >= 0 && n <= length)) {
    throw new ShapeError(
      `${layer}: lengths must be ${batch} whole numbers from 0 to ${length}, got ${list.join(', ') || 'none'}`,
    );
  }
  const offsets = new Int32Array(batch + 1);
  for (const [s, n] of list.entries()) offsets[s + 1] = offsets[s]! + n;
  return offsets;
}

/** The rows of a padded batch `x[batch, length, features]` that are tokens: `[tokens, features]`. */
export function unpadded(backend: Backend, x: FloatArray, length: number, offsets: Offsets): Tensor {
  const rows = new Int32Array(offsets.at(-1) ?? 0);
  for (let s = 1; s < offsets.length; s++) {
    for (let row = offsets[s - 1]!; row < offsets[s]!; row++) {
      rows[row] = (s - 1) * length + row - offsets[s - 1]!;
    }
  }
  return backend.embedding(toRows(backend, x), rows);
}

/** The inverse of {@link unpadded}: `[tokens, features]` → `[batch, length, features]`, padded with zeros. */
export function padded(values: Float32Array, features: number, length: number, offsets: Offsets): FloatArray {
  const batch = offsets.length - 1;
  const data = new Float32Array(batch * length * features);
  for (let s = 0; s < batch; s++) {
    data.set(values.subarray(offsets[s]! * features, offsets[s + 1]! * features), s * length * features);
  }
  return { data, shape: [batch, length, features] };
}
