import { erf4, exp4, sigmoid4, tanh4 } from './math';
import { fma } from './simd';
import { WIDE } from './width';

// Codes of activation functions. The same list is in src/exports.ts.
export const NONE: i32 = 0;
export const RELU: i32 = 1;
export const GELU: i32 = 2;
export const GELU_TANH: i32 = 3;
export const SILU: i32 = 4;
export const TANH: i32 = 5;
export const SIGMOID: i32 = 6;
export const EXP: i32 = 7;

/**
 * GELU: x · Φ(x) = x/2 · (1 + erf(x/√2)) (Hendrycks & Gimpel 2016). Error ≤ 4 · 2⁻²⁴ · |x|. The bound is absolute since
 * 1 + erf cancels for negative x.
 */
// @ts-ignore: decorator
@inline
function gelu4(x: v128): v128 {
  const half = f32x4.mul(x, f32x4.splat(0.5));
  // −∞ · 0 would be NaN. The limit is 0, and the value is 0 in f32 below −20.
  const clamped = f32x4.pmax(half, f32x4.splat(-10));
  return fma(clamped, erf4(f32x4.mul(x, f32x4.splat(Mathf.SQRT1_2))), clamped);
}

/**
 * GELU's tanh approximation (GPT-2): 0.5 x (1 + tanh y), y = √(2/π) (x + 0.044715 x³). Since ½(1 + tanh y) = σ(2y), it is
 * computed as x / (1 + e^−2y), which does not cancel for negative x. Error ≤ 2 · 2⁻²⁴ · |x|.
 */
// @ts-ignore: decorator
@inline
function geluTanh4(x: v128): v128 {
  // −∞ / ∞ would be NaN. The quotient is 0 in f32 below −11.
  const clamped = f32x4.pmax(x, f32x4.splat(-11));
  const y = f32x4.mul(x, fma(f32x4.mul(x, x), f32x4.splat(-0.07135481627260025), f32x4.splat(-1.5957691216057308)));
  return f32x4.div(clamped, f32x4.add(f32x4.splat(1), exp4(y)));
}

/** SiLU: x · σ(x) (Elfwing et al. 2017). Error ≤ 3 ulp. */
// @ts-ignore: decorator
@inline
function silu4(x: v128): v128 {
  // x / (1 + e^−x) at −∞ would be −∞ / ∞: x is clamped to −104, where the quotient is 0 in f32.
  const clamped = f32x4.pmax(x, f32x4.splat(-104));
  return f32x4.div(clamped, f32x4.add(f32x4.splat(1), exp4(f32x4.neg(clamped))));
}

/** ReLU: max(x, 0). NaN stays NaN. */
// @ts-ignore: decorator
@inline
function relu4(x: v128): v128 {
  return f32x4.pmax(x, f32x4.splat(0));
}

/** f(x) for any code but `NONE`. */
// @ts-ignore: decorator
@inline
export function apply(x: v128, code: i32): v128 {
  if (code == GELU) return gelu4(x);
  if (code == RELU) return relu4(x);
  if (code == SILU) return silu4(x);
  if (code == GELU_TANH) return geluTanh4(x);
  if (code == TANH) return tanh4(x);
  if (code == SIGMOID) return sigmoid4(x);
  return exp4(x);
}

const tail = memory.data(16, 16);

// The functions of feed-forward networks as type arguments (see matmul/rows.ts): joined operations may not have a branch between them.
@unmanaged class Gelu { a: u8 }
@unmanaged class GeluTanh { a: u8; b: u8 }
@unmanaged class Silu { a: u8; b: u8; c: u8 }

// @ts-ignore: decorator
@inline
function applyTo<F>(x: v128): v128 {
  if (offsetof<F>() == offsetof<Gelu>()) return gelu4(x);
  if (offsetof<F>() == offsetof<GeluTanh>()) return geluTanh4(x);
  return silu4(x);
}

/** to = f(from) for `n` values, a multiple of 8. */
function activatePairs<F>(from: usize, to: usize, n: i32): void {
  for (const end = from + (<usize>n << 2); from < end; from += 32) {
    const y0 = applyTo<F>(v128.load(from)), y1 = applyTo<F>(v128.load(from, 16));
    v128.store(to, y0);
    v128.store(to, y1, 16);
    to += 32;
  }
}

/** to = f(from) for `n` values, a multiple of 4. */
function activateVectors(from: usize, to: usize, n: i32, code: i32): void {
  if (WIDE && (code == GELU || code == GELU_TANH || code == SILU)) {
    const pairs = n & ~7;
    if (code == GELU) activatePairs<Gelu>(from, to, pairs);
    else if (code == GELU_TANH) activatePairs<GeluTanh>(from, to, pairs);
    else activatePairs<Silu>(from, to, pairs);
    from += <usize>pairs << 2;
    to += <usize>pairs << 2;
    n -= pairs;
  }
  for (const end = from + (<usize>n << 2); from < end; from += 16) {
    v128.store(to, apply(v128.load(from), code));
    to += 16;
  }
}

function activateRow(from: usize, to: usize, n: i32, code: i32): void {
  const whole = n & ~3, rest = <usize>(n & 3) << 2;
  activateVectors(from, to, whole, code);
  if (!rest) return;
  memory.copy(tail, from + (<usize>whole << 2), rest);
  activateVectors(tail, tail, 4, code);
  memory.copy(to + (<usize>whole << 2), tail, rest);
}

/** to[rows, n] = f(from[rows, n]), in place if both are the same. Strides are in elements. */
export function activate(from: usize, fromStride: i32, to: usize, toStride: i32, rows: i32, n: i32, code: i32): void {
  for (let r = 0; r < rows; r++) {
    activateRow(from, to, n, code);
    from += <usize>fromStride << 2;
    to += <usize>toStride << 2;
  }
}

/** x ← x · y for n values. */
function multiplyRow(x: usize, y: usize, n: i32): void {
  if (WIDE) {
    for (const end = x + (<usize>(n & ~7) << 2); x < end; x += 32) {
      const x0 = f32x4.mul(v128.load(x), v128.load(y)), x1 = f32x4.mul(v128.load(x, 16), v128.load(y, 16));
      v128.store(x, x0);
      v128.store(x, x1, 16);
      y += 32;
    }
    n &= 7;
  }
  for (const end = x + (<usize>(n & ~3) << 2); x < end; x += 16) {
    v128.store(x, f32x4.mul(v128.load(x), v128.load(y)));
    y += 16;
  }
  for (let i = n & 3; i > 0; i--) {
    f32.store(x, f32.load(x) * f32.load(y));
    x += 4;
    y += 4;
  }
}

/**
 * Gated linear unit (Shazeer 2020): out[rows, n] = f(x[:, :n]) · x[:, n:] for x[rows, 2n], where f may be the identity
 * (`NONE`). Strides are in elements; `out` must not overlap x.
 */
export function gate(x: usize, xStride: i32, out: usize, outStride: i32, rows: i32, n: i32, code: i32): void {
  const half = <usize>n << 2;
  for (let r = 0; r < rows; r++) {
    if (code == NONE) memory.copy(out, x, half);
    else activateRow(x, out, n, code);
    multiplyRow(out, x + half, n);
    x += <usize>xStride << 2;
    out += <usize>outStride << 2;
  }
}
