import { fma, fnma } from './simd';

// Elementary functions of four lanes. Each is a minimax approximation of the relative error (float64 least squares with
// iterative reweighting). Stated errors are the largest found over all exponents against float64; test/accuracy.test.ts
// checks them.
//
// Constants are in memory, not in code: V8 builds a vector constant at each use, in three instructions by way of a general
// register; a broadcasting load is one instruction. This makes softmax 1.4 times as fast.

/** Constant `i` of a table in all four lanes. */
// @ts-ignore: decorator
@inline
function at(table: usize, i: usize): v128 {
  return v128.load_splat<f32>(table + (i << 2));
}

/** 1.5 · 2²³: adding it rounds to the nearest integer, which is then in the low bits of the sum. */
const ROUND: f32 = 12582912.0;
/** Outside this range e^x is not a normal number. */
const EXP_MIN: f32 = -87.33654;
const EXP_MAX: f32 = 88.72283;
/** The x for which n = −127: 2^n, built by shifting n + 127 into the exponent field, is then zero. */
const EXP_ZERO: f32 = -88.02969;

// 0: log₂ e. 1, 2: ln 2 in two parts, the first exact in n · ln 2 (Cody & Waite 1980). 3–7: coefficients of (e^r − 1 − r) / r²
// for |r| ≤ ln 2 / 2, highest power first. 8: 1. 9–13: constants for rounding and for the limits.
const EXP = memory.data<f32>([
  1.4426950408889634, 0.693359375, -2.12194440e-4,
  0.0013814608100801706, 0.008368710987269878, 0.04166838899254799, 0.1666652113199234, 0.4999999403953552, 1,
  ROUND, ROUND + 127, EXP_ZERO, EXP_MIN, EXP_MAX,
], 16);

/** e^(x − n · ln 2), where n is the integer nearest to x / ln 2. */
// @ts-ignore: decorator
@inline
function expRemainder(x: v128, n: v128): v128 {
  const r = fnma(n, at(EXP, 2), fnma(n, at(EXP, 1), x));
  let p = fma(at(EXP, 3), r, at(EXP, 4));
  p = fma(p, r, at(EXP, 5));
  p = fma(p, r, at(EXP, 6));
  p = fma(p, r, at(EXP, 7));
  return f32x4.add(fma(f32x4.mul(r, r), p, r), at(EXP, 8));
}

/** e^x, error ≤ 1 ulp. Results below the smallest normal number are 0, above the largest number ∞. NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  const t = fma(x, at(EXP, 0), at(EXP, 9));
  // 2^128 is not finite although e^x may be: n is added to the exponent field instead of multiplying by 2^n.
  const y = i32x4.add(expRemainder(x, f32x4.sub(t, at(EXP, 9))), i32x4.shl(t, 23));
  const held = v128.bitselect(
    f32x4.splat(f32.MAX_VALUE * 2), v128.andnot(y, f32x4.lt(x, at(EXP, 12))), f32x4.gt(x, at(EXP, 13)),
  );
  // The addition may turn a NaN with low bits set into a number.
  return v128.or(held, f32x4.ne(x, x));
}

// Coefficients of 2^−r for |r| ≤ ½, highest power first, without the constant 1. Relative error 9.8e-8.
const EXP_SHORT = memory.data<f32>([
  -0.0013264621375128627, 0.009671567007899284, -0.055507272481918335, 0.24022242426872253, -0.6931470036506653,
], 16);

// e^x for x ≤ 0 (softmax): error ≤ 2.5 ulp plus the effect of 1 ulp of x. Needs no overflow test, and NaN stays NaN. x is clamped
// to the value for which 2^n is zero, so that the result is exactly 0 from −88 down. Split into steps so that a loop can
// interleave the end of one exponential with the start of the next, since each is a chain of dependent multiplications: this
// takes 0.9 of the time.

/** v clamped to the smallest x whose exponential is computed. */
// @ts-ignore: decorator
@inline
export function expClamp(v: v128): v128 {
  return f32x4.pmax(v, at(EXP, 11));
}

/** The integer n nearest to x · log₂ e, plus 127, in the low bits. */
// @ts-ignore: decorator
@inline
export function expExponent(x: v128): v128 {
  return fma(x, at(EXP, 0), at(EXP, 10));
}

/**
 * n − x · log₂ e. Rounding the product changes e^x by no more than 1 ulp of x would. In a softmax x is a rounded difference, so
 * that log₂ e in two parts would not be more accurate.
 */
// @ts-ignore: decorator
@inline
export function expFraction(x: v128, power: v128): v128 {
  const n = f32x4.sub(power, at(EXP, 10));
  if (ASC_FEATURE_RELAXED_SIMD) {
    return fnma(x, at(EXP, 0), n);
  } else {
    return f32x4.sub(n, f32x4.mul(x, at(EXP, 0)));
  }
}

/** e^x = 2^n · 2^−rest from `expExponent` and `expFraction`. Estrin's scheme (1960) shortens the dependency chain. */
// @ts-ignore: decorator
@inline
export function expPolynomial(power: v128, rest: v128): v128 {
  const square = f32x4.mul(rest, rest);
  const high = fma(at(EXP_SHORT, 0), rest, at(EXP_SHORT, 1));
  const middle = fma(high, square, fma(at(EXP_SHORT, 2), rest, at(EXP_SHORT, 3)));
  const p = fma(middle, square, fma(at(EXP_SHORT, 4), rest, at(EXP, 8)));
  return f32x4.mul(p, i32x4.shl(power, 23));
}

/** e^x for x ≤ 0: the steps above together. */
// @ts-ignore: decorator
@inline
export function expNonPositive4(v: v128): v128 {
  const x = expClamp(v);
  const power = expExponent(x);
  return expPolynomial(power, expFraction(x, power));
}

/** x clamped to [−limit, limit]. NaN stays NaN, in fewer instructions than with f32x4.min and max. */
// @ts-ignore: decorator
@inline
function clamp4(x: v128, limit: f32): v128 {
  return f32x4.pmin(f32x4.pmax(x, f32x4.splat(-limit)), f32x4.splat(limit));
}

// Numerator (6) and denominator (6) of erf(x) / x in x², highest power first.
const ERF = memory.data<f32>([
  2.0500851860560942e-6, 0.0002848806034307927, 0.0037655604537576437, 0.05274854600429535, 0.19040527939796448, 1.1283791065216064, 3.809158442891203e-5, 0.0011625202605500817, 0.01496910396963358, 0.1141085997223854, 0.5020750164985657, 1,
], 16);

/** erf(x), error ≤ 6 ulp, exactly ±1 for |x| ≥ 4.12. */
// @ts-ignore: decorator
@inline
export function erf4(v: v128): v128 {
  // The approximation is for |x| ≤ 3.92, where erf rounds to 1 − 1 ulp. Beyond, it exceeds 1 and is clamped.
  const x = clamp4(v, 4.12);
  const s = f32x4.mul(x, x);
  let p = fma(at(ERF, 0), s, at(ERF, 1));
  p = fma(p, s, at(ERF, 2));
  p = fma(p, s, at(ERF, 3));
  p = fma(p, s, at(ERF, 4));
  p = fma(p, s, at(ERF, 5));
  let q = fma(at(ERF, 6), s, at(ERF, 7));
  q = fma(q, s, at(ERF, 8));
  q = fma(q, s, at(ERF, 9));
  q = fma(q, s, at(ERF, 10));
  q = fma(q, s, at(ERF, 11));
  return clamp4(f32x4.div(f32x4.mul(x, p), q), 1);
}

// Numerator (5) and denominator (5 and the 1 of the numerator) of tanh(x) / x in x², highest power first; last the limit.
const TANH = memory.data<f32>([
  5.0761741476890165e-8, 3.158892286592163e-5, 0.00400850223377347, 0.13785359263420105, 1, 7.374340027510584e-10, 1.6174747088371078e-6, 0.00042073955410160124, 0.027737488970160484, 0.47118690609931946, 9.01,
], 16);

/** tanh(x), error ≤ 6 ulp, exactly ±1 for |x| > 9.01. */
// @ts-ignore: decorator
@inline
export function tanh4(v: v128): v128 {
  const x = clamp4(v, 9.02);
  const s = f32x4.mul(x, x);
  let p = fma(at(TANH, 0), s, at(TANH, 1));
  p = fma(p, s, at(TANH, 2));
  p = fma(p, s, at(TANH, 3));
  p = fma(p, s, at(TANH, 4));
  let q = fma(at(TANH, 5), s, at(TANH, 6));
  q = fma(q, s, at(TANH, 7));
  q = fma(q, s, at(TANH, 8));
  q = fma(q, s, at(TANH, 9));
  q = fma(q, s, at(TANH, 4));
  const y = clamp4(f32x4.div(f32x4.mul(x, p), q), 1);
  const one = v128.bitselect(at(TANH, 4), x, i32x4.splat(0x7fff_ffff));
  return v128.bitselect(one, y, f32x4.gt(f32x4.abs(x), at(TANH, 10)));
}

const ONE = memory.data<f32>([1], 16);

/** 1 / (1 + e^−x), error ≤ 3 ulp. 0 where the exact value is below the smallest normal number. */
// @ts-ignore: decorator
@inline
export function sigmoid4(x: v128): v128 {
  return f32x4.div(at(ONE, 0), f32x4.add(at(ONE, 0), exp4(f32x4.neg(x))));
}
