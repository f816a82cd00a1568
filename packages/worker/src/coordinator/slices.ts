import type { ShardSlice } from '@headwise/core';
import { product } from '../product.ts';

/** A shard's part of an activation. */
export interface SliceData {
  readonly part: ShardSlice;
  readonly data: Float32Array;
}

/** Puts the parts of an activation of this shape together along an axis. */
export function joinSlices(
  parts: readonly SliceData[],
  shape: readonly number[],
  axis: number,
): Float32Array {
  const whole = new Float32Array(product(shape));
  const inner = product(shape.slice(axis + 1));
  for (const { part, data } of parts) {
    const length = (part.to - part.from) * inner;
    for (let i = 0; i * length < data.length; i++) {
      whole.set(data.subarray(i * length, (i + 1) * length), (i * part.of + part.from) * inner);
    }
  }
  return whole;
}

/** A part of a whole activation; `shape` is the part's. */
export function takeSlice(whole: Float32Array, shape: readonly number[], part: ShardSlice): Float32Array {
  const inner = product(shape.slice(part.axis + 1));
  const length = (part.to - part.from) * inner;
  const data = new Float32Array(product(shape));
  for (let i = 0; i * length < data.length; i++) {
    const start = (i * part.of + part.from) * inner;
    data.set(whole.subarray(start, start + length), i * length);
  }
  return data;
}
