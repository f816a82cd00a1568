import { erf4, exp4, sigmoid4, tanh4 } from './math';
import { fma } from './simd';

// The codes are the wire format between loader and kernel: src/activation.ts holds the same list.
export const NONE: i32 = 0;
export const RELU: i32 = 1;
export const GELU: i32 = 2;
export const GELU_TANH: i32 = 3;
export const SILU: i32 = 4;
export const TANH: i32 = 5;
export const SIGMOID: i32 = 6;
export const EXP: i32 = 7;

/** x · Φ(x) with Φ the normal distribution (Hendrycks & Gimpel 2016), by erf. */
// @ts-ignore: decorator
@inline
function gelu4(x: v128): v128 {
  const half = f32x4.mul(x, f32x4.splat(0.5));
  // −∞ · 0 would be NaN: the limit is 0, and below −20 the value is 0 in f32 anyway.
  const kept = f32x4.pmax(half, f32x4.splat(-10));
  return fma(kept, erf4(f32x4.mul(x, f32x4.splat(Mathf.SQRT1_2))), kept);
}

/** GELU's tanh form: 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³))), which GPT-2 was trained with. */
// @ts-ignore: decorator
@inline
function geluTanh4(x: v128): v128 {
  const kept = f32x4.pmax(f32x4.mul(x, f32x4.splat(0.5)), f32x4.splat(-10));
  const inner = f32x4.mul(x, fma(f32x4.mul(x, x), f32x4.splat(0.035677408136300125), f32x4.splat(0.7978845608028654)));
  return fma(kept, tanh4(inner), kept);
}

/** x · σ(x) (Elfwing et al. 2017). */
// @ts-ignore: decorator
@inline
function silu4(x: v128): v128 {
  // x / (1 + e^−x): at −∞ this is −∞ / ∞, so x is held above −104, where the quotient is already 0 in f32.
  const kept = f32x4.pmax(x, f32x4.splat(-104));
  return f32x4.div(kept, f32x4.add(f32x4.splat(1), exp4(f32x4.neg(kept))));
}

/** max(x, 0); NaN stays NaN. */
// @ts-ignore: decorator
@inline
function relu4(x: v128): v128 {
  return f32x4.pmax(x, f32x4.splat(0));
}

// @ts-ignore: decorator
@inline
function apply(x: v128, code: i32): v128 {
  if (code == GELU) return gelu4(x);
  if (code == RELU) return relu4(x);
  if (code == SILU) return silu4(x);
  if (code == GELU_TANH) return geluTanh4(x);
  if (code == TANH) return tanh4(x);
  if (code == SIGMOID) return sigmoid4(x);
  return exp4(x);
}

const tail = memory.data(16, 16);

function activateRow(from: usize, to: usize, n: i32, code: i32): void {
  const end = from + ((<usize>n & ~3) << 2);
  while (from < end) {
    v128.store(to, apply(v128.load(from), code));
    from += 16;
    to += 16;
  }
  const rest = <usize>(n & 3) << 2;
  if (rest) {
    memory.copy(tail, from, rest);
    v128.store(tail, apply(v128.load(tail), code));
    memory.copy(to, tail, rest);
  }
}

/** to[rows, n] = f(from[rows, n]); both may be the same. Strides are in elements. */
export function activate(from: usize, fromStride: i32, to: usize, toStride: i32, rows: i32, n: i32, code: i32): void {
  for (let r = 0; r < rows; r++) {
    activateRow(from, to, n, code);
    from += <usize>fromStride << 2;
    to += <usize>toStride << 2;
  }
}
