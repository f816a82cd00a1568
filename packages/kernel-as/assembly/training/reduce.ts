/** Σ x² over n values, in float64. */
export function sumOfSquares(x: usize, n: i32): f64 {
  let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0;
  for (const end = x + (<usize>(n & ~7) << 2); x < end; x += 32) {
    const a = f64x2.promote_low_f32x4(v128.load64_zero(x)), b = f64x2.promote_low_f32x4(v128.load64_zero(x, 8));
    const c = f64x2.promote_low_f32x4(v128.load64_zero(x, 16)), d = f64x2.promote_low_f32x4(v128.load64_zero(x, 24));
    s0 = f64x2.add(s0, f64x2.mul(a, a));
    s1 = f64x2.add(s1, f64x2.mul(b, b));
    s2 = f64x2.add(s2, f64x2.mul(c, c));
    s3 = f64x2.add(s3, f64x2.mul(d, d));
  }
  const pairs = f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3));
  let sum = f64x2.extract_lane(pairs, 0) + f64x2.extract_lane(pairs, 1);
  for (let i = n & 7; i > 0; i--) {
    const value = <f64>f32.load(x);
    sum += value * value;
    x += 4;
  }
  return sum;
}

/** The index of the first of n values that is infinite or NaN; −1 if all are finite. */
export function findNonFinite(x: usize, n: i32): i32 {
  const first = x;
  // x − x is 0, or NaN for these values.
  for (const end = x + (<usize>(n & ~3) << 2); x < end; x += 16) {
    const v = v128.load(x), difference = f32x4.sub(v, v);
    if (v128.any_true(f32x4.ne(difference, difference))) break;
  }
  for (const end = first + (<usize>n << 2); x < end; x += 4) {
    const value = f32.load(x);
    if (value - value != 0) return <i32>((x - first) >> 2);
  }
  return -1;
}
