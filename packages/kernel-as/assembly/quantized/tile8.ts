import { fma } from '../simd';
import { dot, loadOnes } from './dot8';
import { ACTIVATION_BYTES, GROUP, loadGroup, PANEL, RUN, SUM_BYTES } from './format';

/** Sums of a tile over the runs so far, as floats: 6 rows of 8. */
const floats = memory.data(6 * 32, 16);

/**
 * With what a run's sum of one row begins: −zero · Σ q. Both factors fit in 16 bits, and a zero point's upper half is 0, so the dot product
 * of pairs multiplies them, faster than a 32-bit multiplication would.
 */
// @ts-ignore: decorator
@inline
function begin(sums: v128, zero: usize): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? i32x4.dot_i16x8_s(v128.load_splat<i32>(zero), sums) : i32x4.splat(0);
}

/** Takes a run's sum of one row into the floats, scaled. */
// @ts-ignore: decorator
@inline
function fold(sum: v128, at: usize, first: bool, scale: usize): void {
  const f = f32x4.convert_i32x4_s(sum), s = v128.load_splat<f32>(scale);
  v128.store(at, first ? f32x4.mul(f, s) : fma(f, s, v128.load(at)));
}

/**
 * One register tile of quantised numbers: c[R, 8] = a[R, k] · b[k, 8], scaled, plus bias and residual. Within a run sums are exact
 * in 32 bits.
 *
 * @param a quantised activations of R rows, group by group interleaved
 * @param b one panel (pack8.ts), `depth` (k padded to whole groups) deep
 * @param rowScales the scale of each row's runs, rows `ldq` bytes apart; @param zeros likewise
 */
export function tile8<R, D>(
  a: usize, b: usize, depth: i32, c: usize, ldc: usize,
  rowScales: usize, zeros: usize, ldq: usize, bias: usize, residual: usize, ldr: usize,
): void {
  const ones = loadOnes();
  let first = true;
  for (let k0 = 0; first || k0 < depth; k0 += RUN) {
    const end = b + <usize>(min(RUN, depth - k0) * PANEL);
    let s0 = i32x4.splat(0), s1 = s0;
    if (SUM_BYTES) { s0 = v128.load_ext<i16>(end); s1 = v128.load_ext<i16>(end, 8); }
    let z = zeros;
    let c00 = begin(s0, z), c01 = begin(s1, z);
    let c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
    if (offsetof<R>() > 1) { z += ldq; c10 = begin(s0, z); c11 = begin(s1, z); }
    if (offsetof<R>() > 2) { z += ldq; c20 = begin(s0, z); c21 = begin(s1, z); }
    if (offsetof<R>() > 3) { z += ldq; c30 = begin(s0, z); c31 = begin(s1, z); }
    if (offsetof<R>() > 4) { z += ldq; c40 = begin(s0, z); c41 = begin(s1, z); }
    if (offsetof<R>() > 5) { z += ldq; c50 = begin(s0, z); c51 = begin(s1, z); }
    while (b < end) {
      const b0 = loadGroup(b), b1 = loadGroup(b + 4 * GROUP);
      let x = v128.load_splat<i32>(a);
      c00 = dot<D>(b0, x, c00, ones); c01 = dot<D>(b1, x, c01, ones);
      if (offsetof<R>() > 1) { x = v128.load_splat<i32>(a, 4); c10 = dot<D>(b0, x, c10, ones); c11 = dot<D>(b1, x, c11, ones); }
      if (offsetof<R>() > 2) { x = v128.load_splat<i32>(a, 8); c20 = dot<D>(b0, x, c20, ones); c21 = dot<D>(b1, x, c21, ones); }
      if (offsetof<R>() > 3) { x = v128.load_splat<i32>(a, 12); c30 = dot<D>(b0, x, c30, ones); c31 = dot<D>(b1, x, c31, ones); }
      if (offsetof<R>() > 4) { x = v128.load_splat<i32>(a, 16); c40 = dot<D>(b0, x, c40, ones); c41 = dot<D>(b1, x, c41, ones); }
      if (offsetof<R>() > 5) { x = v128.load_splat<i32>(a, 20); c50 = dot<D>(b0, x, c50, ones); c51 = dot<D>(b1, x, c51, ones); }
      a += offsetof<R>() * GROUP * ACTIVATION_BYTES;
      b += PANEL * GROUP;
    }
    let s = rowScales;
    fold(c00, floats, first, s); fold(c01, floats + 16, first, s);
    if (offsetof<R>() > 1) { s += ldq; fold(c10, floats + 32, first, s); fold(c11, floats + 48, first, s); }
    if (offsetof<R>() > 2) { s += ldq; fold(c20, floats + 64, first, s); fold(c21, floats + 80, first, s); }
    if (offsetof<R>() > 3) { s += ldq; fold(c30, floats + 96, first, s); fold(c31, floats + 112, first, s); }
    if (offsetof<R>() > 4) { s += ldq; fold(c40, floats + 128, first, s); fold(c41, floats + 144, first, s); }
    if (offsetof<R>() > 5) { s += ldq; fold(c50, floats + 160, first, s); fold(c51, floats + 176, first, s); }
    b += SUM_BYTES;
    zeros += 4;
    rowScales += 4;
    first = false;
  }

  // After the last run come the scales.
  const scale0 = v128.load(b), scale1 = v128.load(b, 16);
  let from = floats;
  for (const stop = floats + 32 * offsetof<R>(); from < stop; from += 32) {
    let y0 = f32x4.mul(v128.load(from), scale0), y1 = f32x4.mul(v128.load(from, 16), scale1);
    if (bias) {
      y0 = f32x4.add(y0, v128.load(bias));
      y1 = f32x4.add(y1, v128.load(bias, 16));
    }
    if (residual) {
      y0 = f32x4.add(y0, v128.load(residual));
      y1 = f32x4.add(y1, v128.load(residual, 16));
      residual += ldr;
    }
    v128.store(c, y0);
    v128.store(c, y1, 16);
    c += ldc;
  }
}
