import { fma, sumLanes } from './simd';
import { WIDE } from './width';

/** Σ x over n values. */
function sumRow(x: usize, n: i32): f32 {
  let s0 = f32x4.splat(0), s1 = s0;
  const end = x + (<usize>(n & ~7) << 2);
  while (x < end) {
    s0 = f32x4.add(s0, v128.load(x));
    s1 = f32x4.add(s1, v128.load(x, 16));
    x += 32;
  }
  let sum = sumLanes(f32x4.add(s0, s1));
  for (let i = n & 7; i > 0; i--) {
    sum += f32.load(x);
    x += 4;
  }
  return sum;
}

/** Σ (x − shift)² over n values. */
export function sumSquares(x: usize, n: i32, shift: f32): f32 {
  const m = f32x4.splat(shift);
  let s0 = f32x4.splat(0), s1 = s0;
  const end = x + (<usize>(n & ~7) << 2);
  while (x < end) {
    const d0 = f32x4.sub(v128.load(x), m), d1 = f32x4.sub(v128.load(x, 16), m);
    s0 = fma(d0, d0, s0);
    s1 = fma(d1, d1, s1);
    x += 32;
  }
  let sum = sumLanes(f32x4.add(s0, s1));
  for (let i = n & 7; i > 0; i--) {
    const d = f32.load(x) - shift;
    sum += d * d;
    x += 4;
  }
  return sum;
}

/**
 * Layer normalisation (Ba et al. 2016): out = (x − mean) / √(variance + ε) · gain + bias for each row of x[rows, n].
 * The variance is computed in a second pass around the mean: Σx² − n·mean² would cancel for rows far from zero.
 */
export function layerNorm(x: usize, xStride: i32, gain: usize, bias: usize, out: usize, outStride: i32, rows: i32, n: i32, epsilon: f32): void {
  for (let r = 0; r < rows; r++) {
    const mean = sumRow(x, n) / <f32>n;
    const scale = <f32>1 / Mathf.sqrt(sumSquares(x, n, mean) / <f32>n + epsilon);
    const m = f32x4.splat(mean), s = f32x4.splat(scale);
    let i: usize = 0;
    const end = <usize>(n & ~3) << 2;
    if (WIDE) {
      for (const pairs = <usize>(n & ~7) << 2; i < pairs; i += 32) {
        const y0 = f32x4.mul(f32x4.sub(v128.load(x + i), m), s), y1 = f32x4.mul(f32x4.sub(v128.load(x + i, 16), m), s);
        const z0 = fma(y0, v128.load(gain + i), v128.load(bias + i)), z1 = fma(y1, v128.load(gain + i, 16), v128.load(bias + i, 16));
        v128.store(out + i, z0);
        v128.store(out + i, z1, 16);
      }
    }
    for (; i < end; i += 16) {
      const y = f32x4.mul(f32x4.sub(v128.load(x + i), m), s);
      v128.store(out + i, fma(y, v128.load(gain + i), v128.load(bias + i)));
    }
    for (const last = <usize>n << 2; i < last; i += 4) {
      f32.store(out + i, (f32.load(x + i) - mean) * scale * f32.load(gain + i) + f32.load(bias + i));
    }
    x += <usize>xStride << 2;
    out += <usize>outStride << 2;
  }
}

/** Root mean square normalisation (Zhang & Sennrich 2019): out = x / √(mean(x²) + ε) · gain for each row of x[rows, n]. */
export function rmsNorm(x: usize, xStride: i32, gain: usize, out: usize, outStride: i32, rows: i32, n: i32, epsilon: f32): void {
  for (let r = 0; r < rows; r++) {
    const scale = <f32>1 / Mathf.sqrt(sumSquares(x, n, 0) / <f32>n + epsilon);
    const s = f32x4.splat(scale);
    let i: usize = 0;
    const end = <usize>(n & ~3) << 2;
    for (; i < end; i += 16) v128.store(out + i, f32x4.mul(f32x4.mul(v128.load(x + i), s), v128.load(gain + i)));
    for (const last = <usize>n << 2; i < last; i += 4) f32.store(out + i, f32.load(x + i) * scale * f32.load(gain + i));
    x += <usize>xStride << 2;
    out += <usize>outStride << 2;
  }
}

/**
 * out = x / max(‖x‖₂, ε) for each row of x[rows, n]. `out` may be x. Squares are summed in f32: a row with ‖x‖₂ > 1.8e19 gives
 * zeros.
 */
export function l2Normalize(x: usize, out: usize, rows: i32, n: i32, epsilon: f32): void {
  for (let r = 0; r < rows; r++) {
    const factor = <f32>1 / max(Mathf.sqrt(sumSquares(x, n, 0)), epsilon);
    const end = x + (<usize>n << 2);
    while (x < end) {
      f32.store(out, f32.load(x) * factor);
      x += 4;
      out += 4;
    }
  }
}
