import { fma, fnma } from './simd';

// Four elementary functions at once. Each is a minimax fit made for this kernel (relative error, float64 least squares with
// iterative reweighting); the figures are the largest error seen over every exponent against float64.
//
// Constants stand in memory, not in the code: V8 makes a vector constant anew wherever it is used, in three instructions
// and by way of a general register, where a broadcasting load is one. That alone makes a softmax 1.4 times as fast.

/** Constant `i` of a table, in each of four lanes. */
// @ts-ignore: decorator
@inline
function at(table: usize, i: usize): v128 {
  return v128.load_splat<f32>(table + (i << 2));
}

/** 1.5 · 2²³: adding it rounds to an integer that then sits in the low bits. */
const ROUND: f32 = 12582912.0;
/** Beyond these e^x is not a normal number. */
const EXP_MIN: f32 = -87.33654;
const EXP_MAX: f32 = 88.72283;
/** Here n is −127: its 2^n, made by shifting n + 127 into the exponent, is zero. */
const EXP_ZERO: f32 = -88.02969;

// log₂ e; ln 2 in two parts, so that n · ln 2 is exact in the first (Cody & Waite 1980); then (e^r − 1 − r) / r² for
// |r| ≤ ln 2 / 2, highest power first; then what it takes to scale.
const EXP = memory.data<f32>([
  1.4426950408889634, 0.693359375, -2.12194440e-4,
  0.0013814608100801706, 0.008368710987269878, 0.04166838899254799, 0.1666652113199234, 0.4999999403953552, 1,
  ROUND, ROUND + 127, EXP_ZERO, EXP_MIN, EXP_MAX,
], 16);

/** e^(x − n · ln 2), where n is the whole number nearest to x / ln 2. */
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

/** e^x, error ≤ 1 ulp. Results below the smallest normal number are 0, above the largest ∞; NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  const t = fma(x, at(EXP, 0), at(EXP, 9));
  // n goes up to 128, for which 2^n is not a number yet e^x is: so it is added to the exponent.
  const y = i32x4.add(expRemainder(x, f32x4.sub(t, at(EXP, 9))), i32x4.shl(t, 23));
  const held = v128.bitselect(
    f32x4.splat(f32.MAX_VALUE * 2), v128.andnot(y, f32x4.lt(x, at(EXP, 12))), f32x4.gt(x, at(EXP, 13)),
  );
  // That addition may turn a NaN with low bits set into a number.
  return v128.or(held, f32x4.ne(x, x));
}

// 2^−r for |r| ≤ ½, without its constant 1: right to 9.8e-8, which softmax takes for its speed.
const EXP_SHORT = memory.data<f32>([
  -0.0013264621375128627, 0.009671567007899284, -0.055507272481918335, 0.24022242426872253, -0.6931470036506653,
], 16);

// e^x for x ≤ 0, the only case that softmax has, error ≤ 2½ ulp and what an ulp of x makes: no test for overflow, and NaN stays NaN by
// itself. In three steps, as the multiplications wait for each other most of the time: a loop that finishes one exponential
// while it begins the next takes 0.9 of the time. x is held where 2^n has the bits of zero, so that from −88 on the result is exactly 0.

/** v, or the least x whose exponential is to be told from 0. */
// @ts-ignore: decorator
@inline
export function expHeld(v: v128): v128 {
  return f32x4.pmax(v, at(EXP, 11));
}

/** The whole number n nearest to x · log₂ e, in the low bits. */
// @ts-ignore: decorator
@inline
export function expPower(x: v128): v128 {
  return fma(x, at(EXP, 0), at(EXP, 10));
}

/**
 * n − x · log₂ e. The product's rounding moves e^x no more than an ulp of x would. In a softmax x is a difference, itself rounded: a
 * second part of log₂ e would gain nothing there.
 */
// @ts-ignore: decorator
@inline
export function expRest(x: v128, power: v128): v128 {
  const n = f32x4.sub(power, at(EXP, 10));
  if (ASC_FEATURE_RELAXED_SIMD) {
    return fnma(x, at(EXP, 0), n);
  } else {
    return f32x4.sub(n, f32x4.mul(x, at(EXP, 0)));
  }
}

/** e^x from what the functions above say of it. The polynomial is summed in pairs (Estrin 1960), a shorter chain. */
// @ts-ignore: decorator
@inline
export function expOf(power: v128, rest: v128): v128 {
  const square = f32x4.mul(rest, rest);
  const high = fma(at(EXP_SHORT, 0), rest, at(EXP_SHORT, 1));
  const middle = fma(high, square, fma(at(EXP_SHORT, 2), rest, at(EXP_SHORT, 3)));
  const p = fma(middle, square, fma(at(EXP_SHORT, 4), rest, at(EXP, 8)));
  return f32x4.mul(p, i32x4.shl(power, 23));
}

/** All steps at once. */
// @ts-ignore: decorator
@inline
export function expNonPositive4(v: v128): v128 {
  const x = expHeld(v);
  const power = expPower(x);
  return expOf(power, expRest(x, power));
}

/** x held to [−limit, limit]; NaN stays NaN, which f32x4.min and max would also give, with more instructions. */
// @ts-ignore: decorator
@inline
function clamp4(x: v128, limit: f32): v128 {
  return f32x4.pmin(f32x4.pmax(x, f32x4.splat(-limit)), f32x4.splat(limit));
}

// Numerator and denominator of erf(x) / x in x², highest power first.
const ERF = memory.data<f32>([
  2.0500851860560942e-6, 0.0002848806034307927, 0.0037655604537576437, 0.05274854600429535, 0.19040527939796448, 1.1283791065216064, 3.809158442891203e-5, 0.0011625202605500817, 0.01496910396963358, 0.1141085997223854, 0.5020750164985657, 1,
], 16);

/** erf(x), error ≤ 6 ulp, and exactly ±1 from 4.12 on. */
// @ts-ignore: decorator
@inline
export function erf4(v: v128): v128 {
  // The fit is made for up to 3.92, where erf is 1 but for its last bit. It passes 1 right after, and is cut there.
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

// Numerator and denominator of tanh(x) / x in x², highest power first.
const TANH = memory.data<f32>([
  5.0761741476890165e-8, 3.158892286592163e-5, 0.00400850223377347, 0.13785359263420105, 1, 7.374340027510584e-10, 1.6174747088371078e-6, 0.00042073955410160124, 0.027737488970160484, 0.47118690609931946, 9.01,
], 16);

/** tanh(x), error ≤ 6 ulp, and exactly ±1 past 9.01. */
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

// 
const ONE = memory.data<f32>([
  1,
], 16);

/** 1 / (1 + e^−x), error ≤ 3 ulp; 0 where the true value is below the smallest normal number. */
// @ts-ignore: decorator
@inline
export function sigmoid4(x: v128): v128 {
  return f32x4.div(at(ONE, 0), f32x4.add(at(ONE, 0), exp4(f32x4.neg(x))));
}
