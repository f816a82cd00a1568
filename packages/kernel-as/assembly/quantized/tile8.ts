import { addRow16, storeRow16 } from '../matmul/tile16';
import { fma } from '../simd';
import { dot, loadOnes } from './dot8';
import { ACTIVATION_BYTES, GROUP, loadGroup, PANEL, RUN, run8Bytes, SUM_BYTES } from './format';
import { storeSums } from './tile4';

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
 * @param b the first run of a panel (pack8.ts); @param gap bytes between its runs; @param lastGap bytes before the last run
 * @param depth k padded to whole groups; @param scales the scales of the panel's channels
 * @param rowScales the scales of each row's runs, rows `ldq` bytes apart; @param zeros the zero points, likewise
 */
export function tile8<R, D>(
  a: usize, b: usize, gap: usize, lastGap: usize, depth: i32, scales: usize, c: usize, ldc: usize,
  rowScales: usize, zeros: usize, ldq: usize, bias: usize, residual: usize, ldr: usize,
): void {
  const ones = loadOnes();
  for (let k0 = 0; k0 < depth; k0 += RUN) {
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
    accumulateRun(c00, floats, !k0, s); accumulateRun(c01, floats + 16, !k0, s);
    if (offsetof<R>() > 1) { s += ldq; accumulateRun(c10, floats + 32, !k0, s); accumulateRun(c11, floats + 48, !k0, s); }
    if (offsetof<R>() > 2) { s += ldq; accumulateRun(c20, floats + 64, !k0, s); accumulateRun(c21, floats + 80, !k0, s); }
    if (offsetof<R>() > 3) { s += ldq; accumulateRun(c30, floats + 96, !k0, s); accumulateRun(c31, floats + 112, !k0, s); }
    if (offsetof<R>() > 4) { s += ldq; accumulateRun(c40, floats + 128, !k0, s); accumulateRun(c41, floats + 144, !k0, s); }
    if (offsetof<R>() > 5) { s += ldq; accumulateRun(c50, floats + 160, !k0, s); accumulateRun(c51, floats + 176, !k0, s); }
    b += SUM_BYTES + (k0 + 2 * RUN < depth ? gap : lastGap);
    zeros += 4;
    rowScales += 4;
  }

  for (let at = floats; at < floats + 32 * offsetof<R>(); at += 32) {
    storeScaled(v128.load(at), v128.load(at, 16), scales, c, bias, residual);
    if (residual) residual += ldr;
    c += ldc;
  }
}

/** c[8] = sums · scales (+ bias) (+ residual). */
// @ts-ignore: decorator
@inline
function storeScaled(y0: v128, y1: v128, scales: usize, c: usize, bias: usize, residual: usize): void {
  storeSums(f32x4.mul(y0, v128.load(scales)), f32x4.mul(y1, v128.load(scales, 16)), c, bias, residual);
}

/**
 * `tile8` for two panels that are stored together, with the same sums: c[R, 16] (see matmul/tile16.ts).
 *
 * @param b the first run of the first panel; @param bias 16 values, or `NEGATIVE_ZEROS`
 * @param residual R rows, `ldr` bytes apart, of 16 columns; or `NEGATIVE_ZEROS` with `ldr` 0
 * @param floats R rows of 16 values, for the sums of the runs so far
 */
export function tile8x16<R, D>(
  a: usize, b: usize, depth: i32, c: usize, ldc: usize, rowScales: usize, zeros: usize, ldq: usize, bias: usize, residual: usize,
  ldr: usize, floats: usize,
): void {
  const ones = loadOnes();
  memory.fill(floats, 0, 64 * offsetof<R>());
  for (let k0 = 0; k0 < depth; k0 += RUN) {
    const length = min(RUN, depth - k0);
    const end = b + <usize>(length * PANEL), second = <usize>run8Bytes(length);
    let s0 = i32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
    if (SUM_BYTES) {
      const sums = end + second;
      s0 = v128.load_ext<i16>(end); s1 = v128.load_ext<i16>(end, 8); s2 = v128.load_ext<i16>(sums); s3 = v128.load_ext<i16>(sums, 8);
    }
    let z = zeros;
    let c00 = zeroPointTerm(s0, z), c01 = zeroPointTerm(s1, z), c02 = zeroPointTerm(s2, z), c03 = zeroPointTerm(s3, z);
    let c10 = c00, c11 = c00, c12 = c00, c13 = c00, c20 = c00, c21 = c00, c22 = c00, c23 = c00;
    let c30 = c00, c31 = c00, c32 = c00, c33 = c00, c40 = c00, c41 = c00, c42 = c00, c43 = c00;
    let c50 = c00, c51 = c00, c52 = c00, c53 = c00;
    if (offsetof<R>() > 1) { z += ldq; c10 = zeroPointTerm(s0, z); c11 = zeroPointTerm(s1, z); c12 = zeroPointTerm(s2, z); c13 = zeroPointTerm(s3, z); }
    if (offsetof<R>() > 2) { z += ldq; c20 = zeroPointTerm(s0, z); c21 = zeroPointTerm(s1, z); c22 = zeroPointTerm(s2, z); c23 = zeroPointTerm(s3, z); }
    if (offsetof<R>() > 3) { z += ldq; c30 = zeroPointTerm(s0, z); c31 = zeroPointTerm(s1, z); c32 = zeroPointTerm(s2, z); c33 = zeroPointTerm(s3, z); }
    if (offsetof<R>() > 4) { z += ldq; c40 = zeroPointTerm(s0, z); c41 = zeroPointTerm(s1, z); c42 = zeroPointTerm(s2, z); c43 = zeroPointTerm(s3, z); }
    if (offsetof<R>() > 5) { z += ldq; c50 = zeroPointTerm(s0, z); c51 = zeroPointTerm(s1, z); c52 = zeroPointTerm(s2, z); c53 = zeroPointTerm(s3, z); }
    for (let d = b + second; b < end;) {
      const b0 = loadGroup(b), b1 = loadGroup(b + 4 * GROUP), b2 = loadGroup(d), b3 = loadGroup(d + 4 * GROUP);
      let x = v128.load_splat<i32>(a);
      c00 = dot<D>(b0, x, c00, ones); c01 = dot<D>(b1, x, c01, ones); c02 = dot<D>(b2, x, c02, ones); c03 = dot<D>(b3, x, c03, ones);
      if (offsetof<R>() > 1) { x = v128.load_splat<i32>(a, 4); c10 = dot<D>(b0, x, c10, ones); c11 = dot<D>(b1, x, c11, ones); c12 = dot<D>(b2, x, c12, ones); c13 = dot<D>(b3, x, c13, ones); }
      if (offsetof<R>() > 2) { x = v128.load_splat<i32>(a, 8); c20 = dot<D>(b0, x, c20, ones); c21 = dot<D>(b1, x, c21, ones); c22 = dot<D>(b2, x, c22, ones); c23 = dot<D>(b3, x, c23, ones); }
      if (offsetof<R>() > 3) { x = v128.load_splat<i32>(a, 12); c30 = dot<D>(b0, x, c30, ones); c31 = dot<D>(b1, x, c31, ones); c32 = dot<D>(b2, x, c32, ones); c33 = dot<D>(b3, x, c33, ones); }
      if (offsetof<R>() > 4) { x = v128.load_splat<i32>(a, 16); c40 = dot<D>(b0, x, c40, ones); c41 = dot<D>(b1, x, c41, ones); c42 = dot<D>(b2, x, c42, ones); c43 = dot<D>(b3, x, c43, ones); }
      if (offsetof<R>() > 5) { x = v128.load_splat<i32>(a, 20); c50 = dot<D>(b0, x, c50, ones); c51 = dot<D>(b1, x, c51, ones); c52 = dot<D>(b2, x, c52, ones); c53 = dot<D>(b3, x, c53, ones); }
      a += offsetof<R>() * GROUP * ACTIVATION_BYTES;
      b += PANEL * GROUP;
      d += PANEL * GROUP;
    }
    let s = rowScales;
    accumulateRow16(c00, c01, c02, c03, s, floats);
    if (offsetof<R>() > 1) { s += ldq; accumulateRow16(c10, c11, c12, c13, s, floats + 64); }
    if (offsetof<R>() > 2) { s += ldq; accumulateRow16(c20, c21, c22, c23, s, floats + 128); }
    if (offsetof<R>() > 3) { s += ldq; accumulateRow16(c30, c31, c32, c33, s, floats + 192); }
    if (offsetof<R>() > 4) { s += ldq; accumulateRow16(c40, c41, c42, c43, s, floats + 256); }
    if (offsetof<R>() > 5) { s += ldq; accumulateRow16(c50, c51, c52, c53, s, floats + 320); }
    b += SUM_BYTES + second;
    zeros += 4;
    rowScales += 4;
  }
  // The scales of the channels follow the last run.
  for (const end = floats + 64 * offsetof<R>(); floats < end; floats += 64) {
    const y0 = f32x4.mul(v128.load(floats), v128.load(b)), y1 = f32x4.mul(v128.load(floats, 16), v128.load(b, 16));
    const y2 = f32x4.mul(v128.load(floats, 32), v128.load(b, 32)), y3 = f32x4.mul(v128.load(floats, 48), v128.load(b, 48));
    addRow16(y0, y1, y2, y3, bias, residual, c);
    residual += ldr;
    c += ldc;
  }
}

/** Adds a run's sums of one row, times its scale, to its f32 sums. */
// @ts-ignore: decorator
@inline
function accumulateRow16(c0: v128, c1: v128, c2: v128, c3: v128, scale: usize, floats: usize): void {
  const s = v128.load_splat<f32>(scale);
  const f0 = fma(f32x4.convert_i32x4_s(c0), s, v128.load(floats)), f1 = fma(f32x4.convert_i32x4_s(c1), s, v128.load(floats, 16));
  const f2 = fma(f32x4.convert_i32x4_s(c2), s, v128.load(floats, 32)), f3 = fma(f32x4.convert_i32x4_s(c3), s, v128.load(floats, 48));
  storeRow16(f0, f1, f2, f3, floats);
}

/**
 * One row times 16 channels, as `tile8` with the sums in registers.
 *
 * @param b two panels stored together
 */
export function vector8<D>(
  a: usize, b: usize, depth: i32, c: usize, scale: usize, zero: usize, bias: usize, residual: usize,
): void {
  const ones = loadOnes();
  let f0 = f32x4.splat(0), f1 = f0, f2 = f0, f3 = f0;
  for (let k0 = 0; k0 < depth; k0 += RUN) {
    const length = min(RUN, depth - k0);
    const end = b + <usize>(length * PANEL), second = <usize>run8Bytes(length);
    let c0 = i32x4.splat(0), c1 = c0, c2 = c0, c3 = c0;
    if (SUM_BYTES) {
      const sums = end + second;
      c0 = zeroPointTerm(v128.load_ext<i16>(end), zero); c1 = zeroPointTerm(v128.load_ext<i16>(end, 8), zero);
      c2 = zeroPointTerm(v128.load_ext<i16>(sums), zero); c3 = zeroPointTerm(v128.load_ext<i16>(sums, 8), zero);
    }
    while (b < end) {
      const x = v128.load_splat<i32>(a), d = b + second;
      c0 = dot<D>(loadGroup(b), x, c0, ones); c1 = dot<D>(loadGroup(b + 4 * GROUP), x, c1, ones);
      c2 = dot<D>(loadGroup(d), x, c2, ones); c3 = dot<D>(loadGroup(d + 4 * GROUP), x, c3, ones);
      a += GROUP * ACTIVATION_BYTES;
      b += PANEL * GROUP;
    }
    const s = v128.load_splat<f32>(scale);
    f0 = fma(f32x4.convert_i32x4_s(c0), s, f0); f1 = fma(f32x4.convert_i32x4_s(c1), s, f1);
    f2 = fma(f32x4.convert_i32x4_s(c2), s, f2); f3 = fma(f32x4.convert_i32x4_s(c3), s, f3);
    b = end + SUM_BYTES + second;
    scale += 4;
    zero += 4;
  }
  storeScaled(f0, f1, b, c, bias, residual);
  storeScaled(f2, f3, b + PANEL * 4, c + PANEL * 4, bias ? bias + PANEL * 4 : 0, residual ? residual + PANEL * 4 : 0);
}
