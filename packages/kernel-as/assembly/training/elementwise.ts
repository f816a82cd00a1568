/**
 * to[rows, n] += factor · from[rows, n]. Strides are in elements. The product is rounded before the sum in both builds: a gradient that is
 * added in two parts does not depend on the build.
 */
export function addScaled(from: usize, fromStride: i32, to: usize, toStride: i32, rows: i32, n: i32, factor: f32): void {
  const factors = f32x4.splat(factor);
  const whole = <usize>(n & ~3) << 2, all = <usize>n << 2;
  for (let r = 0; r < rows; r++) {
    let i: usize = 0;
    for (; i < whole; i += 16) v128.store(to + i, f32x4.add(v128.load(to + i), f32x4.mul(factors, v128.load(from + i))));
    for (; i < all; i += 4) f32.store(to + i, f32.load(to + i) + factor * f32.load(from + i));
    from += <usize>fromStride << 2;
    to += <usize>toStride << 2;
  }
}
