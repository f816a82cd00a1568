import { apply, EXP, GELU, GELU_TANH, NONE, RELU, SIGMOID, SILU, TANH } from '../activation';
import { erf4, exp4 } from '../math';
import { fma } from '../simd';

/** x clamped to [−limit, limit]. NaN stays NaN. */
// @ts-ignore: decorator
@inline
function clamp(x: v128, limit: f32): v128 {
  return f32x4.pmin(f32x4.pmax(x, f32x4.splat(-limit)), f32x4.splat(limit));
}

/** 1 / (1 + t). */
// @ts-ignore: decorator
@inline
function reciprocal(t: v128): v128 {
  return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), t));
}

/** Φ(x) + x · φ(x), with the distribution function and density of the normal distribution. Error ≤ 4 · 2⁻²⁴. */
// @ts-ignore: decorator
@inline
function gelu4(v: v128): v128 {
  // Beyond, the density is 0 in f32, and x² would overflow.
  const x = clamp(v, 14);
  const density = f32x4.mul(exp4(f32x4.mul(f32x4.mul(x, x), f32x4.splat(-0.5))), f32x4.splat(0.3989422804014327));
  const distribution = fma(erf4(f32x4.mul(x, f32x4.splat(Mathf.SQRT1_2))), f32x4.splat(0.5), f32x4.splat(0.5));
  return fma(x, density, distribution);
}

/**
 * The derivative of x · σ(2y), y = √(2/π) (x + 0.044715 x³): σ(2y) + x · σ(2y) σ(−2y) · 2y′. With t = e^−|2y|, σ(2y) is 1 / (1 + t) or
 * t / (1 + t), and the product t / (1 + t)²: nothing cancels where σ is near 1. Error ≤ 6 · 2⁻²⁴.
 */
// @ts-ignore: decorator
@inline
function geluTanh4(v: v128): v128 {
  // Beyond, t is 0 in f32, and x³ would overflow.
  const x = clamp(v, 11);
  const square = f32x4.mul(x, x);
  const slope = fma(square, f32x4.splat(0.07135481627260025), f32x4.splat(1.5957691216057308));
  const t = exp4(f32x4.neg(f32x4.abs(f32x4.mul(x, slope))));
  const high = reciprocal(t), low = f32x4.mul(t, high);
  const steep = fma(square, f32x4.splat(0.21406444881780073), f32x4.splat(1.5957691216057308));
  const sigmoid = v128.bitselect(low, high, f32x4.lt(x, f32x4.splat(0)));
  return fma(f32x4.mul(x, steep), f32x4.mul(low, high), sigmoid);
}

/** σ(x) + x · σ(x) σ(−x). Error ≤ 3 · 2⁻²⁴. */
// @ts-ignore: decorator
@inline
function silu4(v: v128): v128 {
  // Beyond, e^−|x| is 0 in f32, and ∞ · 0 would be NaN.
  const x = clamp(v, 104);
  const t = exp4(f32x4.neg(f32x4.abs(x)));
  const high = reciprocal(t), low = f32x4.mul(t, high);
  const sigmoid = v128.bitselect(low, high, f32x4.lt(x, f32x4.splat(0)));
  return fma(x, f32x4.mul(low, high), sigmoid);
}

/** 1 − tanh²(x) = 4t / (1 + t)² with t = e^−2|x|. Error ≤ 5 ulp. */
// @ts-ignore: decorator
@inline
function tanh4(x: v128): v128 {
  const t = exp4(f32x4.mul(f32x4.abs(x), f32x4.splat(-2)));
  const high = reciprocal(t);
  return f32x4.mul(f32x4.splat(4), f32x4.mul(f32x4.mul(t, high), high));
}

/** σ(x) σ(−x) = t / (1 + t)² with t = e^−|x|. Error ≤ 5 ulp. */
// @ts-ignore: decorator
@inline
function sigmoid4(x: v128): v128 {
  const t = exp4(f32x4.neg(f32x4.abs(x)));
  const high = reciprocal(t);
  return f32x4.mul(f32x4.mul(t, high), high);
}

/** f′(x). ReLU has the derivative 0 at 0. */
// @ts-ignore: decorator
@inline
function derivative(x: v128, code: i32): v128 {
  if (code == GELU) return gelu4(x);
  if (code == RELU) return v128.and(f32x4.splat(1), f32x4.gt(x, f32x4.splat(0)));
  if (code == SILU) return silu4(x);
  if (code == GELU_TANH) return geluTanh4(x);
  if (code == TANH) return tanh4(x);
  if (code == SIGMOID) return sigmoid4(x);
  if (code == EXP) return exp4(x);
  return f32x4.splat(1);
}

/** Buffers for the last values of a row, whose number is no multiple of 4. */
const tailA = memory.data(16, 16);
const tailB = memory.data(16, 16);
const tailDy = memory.data(16, 16);
const tailDa = memory.data(16, 16);
const tailDb = memory.data(16, 16);

/**
 * The gradient of y = f(x): dx[rows, n] += f′(x) · dy. Strides are in elements.
 *
 * @param x the input of the activation, not its output
 * @param code a code of ../activation.ts, `NONE` included
 * @param overwrite whether dx has no values yet
 */
export function activateGradient(
  x: usize, xStride: i32, dy: usize, dyStride: i32, dx: usize, dxStride: i32, rows: i32, n: i32, code: i32, overwrite: bool,
): void {
  const whole = <usize>(n & ~3) << 2, rest = <usize>(n & 3) << 2;
  for (let r = 0; r < rows; r++) {
    if (overwrite) for (let i: usize = 0; i < whole; i += 16) v128.store(dx + i, f32x4.mul(derivative(v128.load(x + i), code), v128.load(dy + i)));
    else for (let i: usize = 0; i < whole; i += 16) activateStep(x + i, dy + i, dx + i, code);
    if (rest) {
      memory.copy(tailA, x + whole, rest);
      memory.copy(tailDy, dy + whole, rest);
      if (overwrite) memory.fill(tailDa, 0, 16);
      else memory.copy(tailDa, dx + whole, rest);
      activateStep(tailA, tailDy, tailDa, code);
      memory.copy(dx + whole, tailDa, rest);
    }
    x += <usize>xStride << 2;
    dy += <usize>dyStride << 2;
    dx += <usize>dxStride << 2;
  }
}

// @ts-ignore: decorator
@inline
function activateStep(x: usize, dy: usize, dx: usize, code: i32): void {
  v128.store(dx, fma(derivative(v128.load(x), code), v128.load(dy), v128.load(dx)));
}

/**
 * The gradient of a gated linear unit y = f(a) · b with x = [a b] (Shazeer 2020): for dx[rows, 2n], dx[:, :n] += f′(a) · b · dy and
 * dx[:, n:] += f(a) · dy. Strides are in elements.
 *
 * @param x [rows, 2n], the input of the unit
 */
export function gateGradient(
  x: usize, xStride: i32, dy: usize, dyStride: i32, dx: usize, dxStride: i32, rows: i32, n: i32, code: i32,
): void {
  const half = <usize>n << 2, whole = <usize>(n & ~3) << 2, rest = <usize>(n & 3) << 2;
  for (let r = 0; r < rows; r++) {
    for (let i: usize = 0; i < whole; i += 16) gateStep(x + i, x + half + i, dy + i, dx + i, dx + half + i, code);
    if (rest) {
      memory.copy(tailA, x + whole, rest);
      memory.copy(tailB, x + half + whole, rest);
      memory.copy(tailDy, dy + whole, rest);
      memory.copy(tailDa, dx + whole, rest);
      memory.copy(tailDb, dx + half + whole, rest);
      gateStep(tailA, tailB, tailDy, tailDa, tailDb, code);
      memory.copy(dx + whole, tailDa, rest);
      memory.copy(dx + half + whole, tailDb, rest);
    }
    x += <usize>xStride << 2;
    dy += <usize>dyStride << 2;
    dx += <usize>dxStride << 2;
  }
}

// @ts-ignore: decorator
@inline
function gateStep(a: usize, b: usize, dy: usize, da: usize, db: usize, code: i32): void {
  const x = v128.load(a), g = v128.load(dy);
  const f = code == NONE ? x : apply(x, code);
  v128.store(da, fma(derivative(x, code), f32x4.mul(v128.load(b), g), v128.load(da)));
  v128.store(db, fma(f, g, v128.load(db)));
}
