import { fma } from '../simd';

/**
 * to[rows, n] += factor · from[rows, n]. Strides are in elements. `to` may be `from` with the same stride, but must not overlap it
 * otherwise.
 */
export function addScaled(from: usize, fromStride: i32, to: usize, toStride: i32, rows: i32, n: i32, factor: f32): void {
  const factors = f32x4.splat(factor);
  const whole = <usize>(n & ~3) << 2, all = <usize>n << 2;
  for (let r = 0; r < rows; r++) {
    let i: usize = 0;
    for (; i < whole; i += 16) v128.store(to + i, fma(factors, v128.load(from + i), v128.load(to + i)));
    for (; i < all; i += 4) {
      const sum = fma(factors, v128.load32_zero(from + i), v128.load32_zero(to + i));
      v128.store32_lane(to + i, sum, 0);
    }
    from += <usize>fromStride << 2;
    to += <usize>toStride << 2;
  }
}

/**
 * to[rows, n] += from[rows, n], and from = 0: the gradient of a write, which moves the gradient of the written values to their source.
 * Strides are in elements.
 *
 * @param to 0 if the source needs no gradient
 * @param scratch rows · n · 4 bytes if `to` and `from` overlap (the values are taken before any is added), else 0
 */
export function moveRows(from: usize, fromStride: i32, to: usize, toStride: i32, rows: i32, n: i32, scratch: usize): void {
  const bytes = <usize>n << 2;
  let taken = scratch;
  for (let r = 0; r < rows; r++) {
    if (scratch) memory.copy(taken, from, bytes);
    else if (to) addScaled(from, 0, to, 0, 1, n, 1);
    memory.fill(from, 0, bytes);
    taken += bytes;
    from += <usize>fromStride << 2;
    if (!scratch && to) to += <usize>toStride << 2;
  }
  if (scratch && to) addScaled(scratch, n, to, toStride, rows, n, 1);
}
