// Sums of exponentials for log-probabilities and sampling. Everything is computed from plain f32 products and sums, without fused
// multiply-add, and summed in f64 in a fixed order, so that both builds give the same bits on every machine: a seed gives the same tokens
// everywhere. packages/core/src/generate/logits/exponentials.ts computes the same bits in TypeScript.

// 0: the x below which e^x is 0. 1: log₂ e. 2: 1.5 · 2²³ + 127, adding which rounds to the nearest integer n and leaves n + 127 in the low bits.
// 3, 4: ln 2 in two parts, the first exact in n · ln 2 (Cody & Waite 1980). 5–9: coefficients of (e^r − 1 − r) / r² for |r| ≤ ln 2 / 2,
// highest power first. 10: 1.
const TABLE = memory.data<f32>([
  -88.02969, 1.4426950408889634, 12583039, 0.693359375, -2.12194440e-4,
  0.0013814608100801706, 0.008368710987269878, 0.04166838899254799, 0.1666652113199234, 0.4999999403953552, 1,
], 16);

// @ts-ignore: decorator
@inline
function at(i: usize): v128 {
  return v128.load_splat<f32>(TABLE + (i << 2));
}

/** e^x for x ≤ 0 in each of four lanes: relative error ≤ 1.1e-7, exactly 0 from −88.03 down. NaN stays NaN. */
// @ts-ignore: decorator
@inline
function exponentials4(v: v128): v128 {
  const x = f32x4.pmax(v, at(0));
  const power = f32x4.add(f32x4.mul(x, at(1)), at(2));
  const n = f32x4.sub(power, at(2));
  const r = f32x4.sub(f32x4.sub(x, f32x4.mul(n, at(3))), f32x4.mul(n, at(4)));
  let p = f32x4.add(f32x4.mul(at(5), r), at(6));
  p = f32x4.add(f32x4.mul(p, r), at(7));
  p = f32x4.add(f32x4.mul(p, r), at(8));
  p = f32x4.add(f32x4.mul(p, r), at(9));
  const y = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(r, r), p), r), at(10));
  return f32x4.mul(y, i32x4.shl(power, 23));
}

const rest = memory.data(16, 16);

/** The next four values, if there are fewer than four padded with −∞, without reading past them. */
// @ts-ignore: decorator
@inline
function loadFour(from: usize, left: i32): v128 {
  if (left < 4) {
    v128.store(rest, f32x4.splat(-Infinity));
    memory.copy(rest, from, <usize>left << 2);
    from = rest;
  }
  return v128.load(from);
}

/** Σ e^((x − shift) · factor) of n values ≤ shift, factor > 0. 0 for n = 0; NaN if a value is NaN. */
export function sumExp(x: usize, n: i32, shift: f32, factor: f32): f64 {
  const s = f32x4.splat(shift), f = f32x4.splat(factor);
  let low = f64x2.splat(0), high = low;
  for (let i = 0; i < n; i += 4) {
    const y = exponentials4(f32x4.mul(f32x4.sub(loadFour(x, n - i), s), f));
    low = f64x2.add(low, f64x2.promote_low_f32x4(y));
    high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<i64>(y, y, 1, 1)));
    x += 16;
  }
  const both = f64x2.add(low, high);
  return f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
}

/**
 * The first index at which the sum of the exponentials of `sumExp` from the beginning, in order, exceeds `target`; −1 if it never does.
 */
export function searchExp(x: usize, n: i32, shift: f32, factor: f32, target: f64): i32 {
  const s = f32x4.splat(shift), f = f32x4.splat(factor);
  let sum: f64 = 0;
  for (let i = 0; i < n; i += 4) {
    const y = exponentials4(f32x4.mul(f32x4.sub(loadFour(x, n - i), s), f));
    const s0 = sum + <f64>f32x4.extract_lane(y, 0);
    const s1 = s0 + <f64>f32x4.extract_lane(y, 1);
    const s2 = s1 + <f64>f32x4.extract_lane(y, 2);
    sum = s2 + <f64>f32x4.extract_lane(y, 3);
    // A NaN ends no earlier index.
    if (!(sum <= target)) {
      const lane = s0 > target ? 0 : s1 > target ? 1 : s2 > target ? 2 : sum > target ? 3 : 4;
      if (lane < 4) return i + lane;
    }
    x += 16;
  }
  return -1;
}
