import { fma } from '../simd';
import { dot, loadOnes } from './dot8';
import { ACTIVATION_BYTES, GROUP, loadGroup, PANEL, RUN, SUM_BYTES } from './format';

/** Sums of a tile over the runs so far, in f32: 6 rows of 8. */
const floats = memory.data(6 * 32, 16);

/**
 * The initial value of a run's sum for one row: −zero · Σ q. Both factors fit in 16 bits and the upper half of a zero point is 0,
 * so that a 16-bit dot product multiplies them, which is faster than a 32-bit multiplication.
 */
// @ts-ignore: decorator
@inline
function zeroPointTerm(sums: v128, zero: usize): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? i32x4.dot_i16x8_s(v128.load_splat<i32>(zero), sums) : i32x4.splat(0);
}

/** Adds a run's sum of one row, times its scale, to the f32 sums. */
// @ts-ignore: decorator
@inline
function accumulateRun(sum: v128, at: usize, first: bool, scale: usize): void {
  const f = f32x4.convert_i32x4_s(sum), s = v128.load_splat<f32>(scale);
  v128.store(at, first ? f32x4.mul(f, s) : fma(f, s, v128.load(at)));
}

/**
 * One register tile of quantised numbers: c[R, 8] = a[R, k] · b[k, 8] (+ bias) (+ residual). Sums within a run are exact in 32 bits.
 *
 * @param a quantised activations of R rows, interleaved by groups (see `quantizeRows`)
 * @param b one panel (pack8.ts); @param depth k padded to whole groups
 * @param rowScales the scales of each row's runs, rows `ldq` bytes apart; @param zeros the zero points, likewise
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
    let c00 = zeroPointTerm(s0, z), c01 = zeroPointTerm(s1, z);
    let c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
    if (offsetof<R>() > 1) { z += ldq; c10 = zeroPointTerm(s0, z); c11 = zeroPointTerm(s1, z); }
    if (offsetof<R>() > 2) { z += ldq; c20 = zeroPointTerm(s0, z); c21 = zeroPointTerm(s1, z); }
    if (offsetof<R>() > 3) { z += ldq; c30 = zeroPointTerm(s0, z); c31 = zeroPointTerm(s1, z); }
    if (offsetof<R>() > 4) { z += ldq; c40 = zeroPointTerm(s0, z); c41 = zeroPointTerm(s1, z); }
    if (offsetof<R>() > 5) { z += ldq; c50 = zeroPointTerm(s0, z); c51 = zeroPointTerm(s1, z); }
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
    accumulateRun(c00, floats, first, s); accumulateRun(c01, floats + 16, first, s);
    if (offsetof<R>() > 1) { s += ldq; accumulateRun(c10, floats + 32, first, s); accumulateRun(c11, floats + 48, first, s); }
    if (offsetof<R>() > 2) { s += ldq; accumulateRun(c20, floats + 64, first, s); accumulateRun(c21, floats + 80, first, s); }
    if (offsetof<R>() > 3) { s += ldq; accumulateRun(c30, floats + 96, first, s); accumulateRun(c31, floats + 112, first, s); }
    if (offsetof<R>() > 4) { s += ldq; accumulateRun(c40, floats + 128, first, s); accumulateRun(c41, floats + 144, first, s); }
    if (offsetof<R>() > 5) { s += ldq; accumulateRun(c50, floats + 160, first, s); accumulateRun(c51, floats + 176, first, s); }
    b += SUM_BYTES;
    zeros += 4;
    rowScales += 4;
    first = false;
  }

  // The scales follow the last run.
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
