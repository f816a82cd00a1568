import { fma, fnma } from './simd';

// Four elementary functions at once. Each is a minimax fit made for this kernel (relative error, float64 least squares with
// iterative reweighting); the figures are the largest error seen over every exponent against float64.

const LOG2E: f32 = 1.4426950408889634;
// ln 2 in two parts, so that n · ln 2 is exact in the first (Cody & Waite 1980).
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -2.12194440e-4;
/** 1.5 · 2²³: adding it rounds to an integer that then sits in the low bits. */
const ROUND: f32 = 12582912.0;
/** Beyond these e^x is not a normal number. */
const EXP_MIN: f32 = -87.33654;
const EXP_MAX: f32 = 88.72283;

/** e^(x − n · ln 2), where n is the whole number nearest to x / ln 2. */
// @ts-ignore: decorator
@inline
function expRemainder(x: v128, n: v128): v128 {
  const r = fnma(n, f32x4.splat(LN2_LOW), fnma(n, f32x4.splat(LN2_HIGH), x));
  let p = fma(f32x4.splat(0.0013814608100801706), r, f32x4.splat(0.008368710987269878));
  p = fma(p, r, f32x4.splat(0.04166838899254799));
  p = fma(p, r, f32x4.splat(0.1666652113199234));
  p = fma(p, r, f32x4.splat(0.4999999403953552));
  return f32x4.add(fma(f32x4.mul(r, r), p, r), f32x4.splat(1));
}

/** e^x, error ≤ 1 ulp. Results below the smallest normal number are 0, above the largest ∞; NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  const t = fma(x, f32x4.splat(LOG2E), f32x4.splat(ROUND));
  // n goes up to 128, for which 2^n is not a number yet e^x is: so it is added to the exponent.
  const y = i32x4.add(expRemainder(x, f32x4.sub(t, f32x4.splat(ROUND))), i32x4.shl(t, 23));
  const held = v128.bitselect(
    f32x4.splat(f32.MAX_VALUE * 2), v128.andnot(y, f32x4.lt(x, f32x4.splat(EXP_MIN))), f32x4.gt(x, f32x4.splat(EXP_MAX)),
  );
  // That addition may turn a NaN with low bits set into a number.
  return v128.or(held, f32x4.ne(x, x));
}

/** e^x for x ≤ 0, the only case that softmax has: no test for overflow, and NaN stays NaN by itself. */
// @ts-ignore: decorator
@inline
export function expNonPositive4(x: v128): v128 {
  const t = fma(x, f32x4.splat(LOG2E), f32x4.splat(ROUND + 127));
  const y = f32x4.mul(expRemainder(x, f32x4.sub(t, f32x4.splat(ROUND + 127))), i32x4.shl(t, 23));
  return v128.andnot(y, f32x4.lt(x, f32x4.splat(EXP_MIN)));
}

/** x held to [−limit, limit]; NaN stays NaN, which f32x4.min and max would also give, with more instructions. */
// @ts-ignore: decorator
@inline
function clamp4(x: v128, limit: f32): v128 {
  return f32x4.pmin(f32x4.pmax(x, f32x4.splat(-limit)), f32x4.splat(limit));
}

/** erf(x), error ≤ 6 ulp, and exactly ±1 from 4.12 on. */
// @ts-ignore: decorator
@inline
export function erf4(v: v128): v128 {
  // The fit is made for up to 3.92, where erf is 1 but for its last bit. It passes 1 right after, and is cut there.
  const x = clamp4(v, 4.12);
  const s = f32x4.mul(x, x);
  let p = fma(f32x4.splat(2.0500851860560942e-6), s, f32x4.splat(0.0002848806034307927));
  p = fma(p, s, f32x4.splat(0.0037655604537576437));
  p = fma(p, s, f32x4.splat(0.05274854600429535));
  p = fma(p, s, f32x4.splat(0.19040527939796448));
  p = fma(p, s, f32x4.splat(1.1283791065216064));
  let q = fma(f32x4.splat(3.809158442891203e-5), s, f32x4.splat(0.0011625202605500817));
  q = fma(q, s, f32x4.splat(0.01496910396963358));
  q = fma(q, s, f32x4.splat(0.1141085997223854));
  q = fma(q, s, f32x4.splat(0.5020750164985657));
  q = fma(q, s, f32x4.splat(1));
  return clamp4(f32x4.div(f32x4.mul(x, p), q), 1);
}

/** tanh(x), error ≤ 6 ulp, and exactly ±1 past 9.01. */
// @ts-ignore: decorator
@inline
export function tanh4(v: v128): v128 {
  const x = clamp4(v, 9.02);
  const s = f32x4.mul(x, x);
  let p = fma(f32x4.splat(5.0761741476890165e-8), s, f32x4.splat(3.158892286592163e-5));
  p = fma(p, s, f32x4.splat(0.00400850223377347));
  p = fma(p, s, f32x4.splat(0.13785359263420105));
  p = fma(p, s, f32x4.splat(1));
  let q = fma(f32x4.splat(7.374340027510584e-10), s, f32x4.splat(1.6174747088371078e-6));
  q = fma(q, s, f32x4.splat(0.00042073955410160124));
  q = fma(q, s, f32x4.splat(0.027737488970160484));
  q = fma(q, s, f32x4.splat(0.47118690609931946));
  q = fma(q, s, f32x4.splat(1));
  const y = clamp4(f32x4.div(f32x4.mul(x, p), q), 1);
  const one = v128.bitselect(f32x4.splat(1), x, i32x4.splat(0x7fff_ffff));
  return v128.bitselect(one, y, f32x4.gt(f32x4.abs(x), f32x4.splat(9.01)));
}

/** 1 / (1 + e^−x), error ≤ 3 ulp; 0 where the true value is below the smallest normal number. */
// @ts-ignore: decorator
@inline
export function sigmoid4(x: v128): v128 {
  return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), exp4(f32x4.neg(x))));
}
