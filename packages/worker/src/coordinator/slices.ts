import type { ShardSlice } from '@headwise/core/internal';

/** Values of a slice of an activation, as one shard holds them. */
export interface SliceData {
  readonly slice: ShardSlice;
  readonly data: Float32Array;
}

/** Number of values in a tensor of this shape. */
export function product(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total * size, 1);
}

/** Concatenates the slices of an activation along `axis`. `shape` is that of the result. */
export function joinSlices(
  slices: readonly SliceData[],
  shape: readonly number[],
  axis: number,
): Float32Array {
  const whole = new Float32Array(product(shape));
  const inner = product(shape.slice(axis + 1));
  for (const { slice, data } of slices) {
    const length = (slice.to - slice.from) * inner;
    for (let i = 0; i * length < data.length; i++) {
      whole.set(data.subarray(i * length, (i + 1) * length), (i * slice.of + slice.from) * inner);
    }
  }
  return whole;
}

/** Copies a slice out of a whole activation. `shape` is that of the slice. */
export function takeSlice(whole: Float32Array, shape: readonly number[], slice: ShardSlice): Float32Array {
  const inner = product(shape.slice(slice.axis + 1));
  const length = (slice.to - slice.from) * inner;
  const data = new Float32Array(product(shape));
  for (let i = 0; i * length < data.length; i++) {
    const start = (i * slice.of + slice.from) * inner;
    data.set(whole.subarray(start, start + length), i * length);
  }
  return data;
}
