import type { Backend } from '../../backend/backend.ts';
import type { FloatArray } from '../torch/float-array.ts';
import type { PastKeyValues } from './past-key-values.ts';

/** `[batch · length, heads · headDim]` → `[batch, heads, length, headDim]`. */
export function inHeads(
  rows: Float32Array,
  batch: number,
  length: number,
  heads: number,
  headDim: number,
): Float32Array {
  const out = new Float32Array(rows.length);
  let from = 0;
  for (let s = 0; s < batch; s++) {
    for (let token = 0; token < length; token++) {
      for (let head = 0; head < heads; head++, from += headDim) {
        out.set(rows.subarray(from, from + headDim), ((s * heads + head) * length + token) * headDim);
      }
    }
  }
  return out;
}

/** A cache of past keys and values with room for `added` more of each sequence. */
export function pastRows(
  backend: Backend,
  past: { readonly key: FloatArray; readonly value: FloatArray },
  added: number,
): PastKeyValues {
  const [batch = 0, heads = 0, length = 0, headDim = 0] = past.key.shape;
  const total = length + added;
  const rowsOf = ({ data }: FloatArray) => {
    const rows = new Float32Array(batch * total * heads * headDim);
    let from = 0;
    for (let s = 0; s < batch; s++) {
      for (let head = 0; head < heads; head++) {
        for (let token = 0; token < length; token++, from += headDim) {
          rows.set(data.subarray(from, from + headDim), ((s * total + token) * heads + head) * headDim);
        }
      }
    }
    return backend.tensor(rows, [batch * total, heads * headDim]);
  };
  const starts = Int32Array.from({ length: batch }, (_, s) => s * total);
  return {
    keys: rowsOf(past.key),
    values: rowsOf(past.value),
    location: {
      positions: Int32Array.from({ length: batch * added }, (_, i) => length + (i % added)),
      rows: starts.map((start) => start + length),
      ranges: { starts, lengths: new Int32Array(batch).fill(total) },
    },
  };
}
