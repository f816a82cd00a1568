import { fma } from '../simd';
import { ACTIVATION_BYTES, dot, GROUP, loadGroup, PANEL, RUN } from './format';

/** Sums of a tile over the runs so far, as floats: 6 rows of 8. */
const floats = memory.data(6 * 32, 16);

/** Takes a run's sum of one row into the floats: (sum − zero · Σ q) · scale. */
// @ts-ignore: decorator
@inline
function fold(sum: v128, at: usize, first: bool, qSums: v128, zero: usize, scale: usize): void {
  let q = sum;
  if (ASC_FEATURE_RELAXED_SIMD) q = i32x4.sub(q, i32x4.mul(v128.load_splat<i32>(zero), qSums));
  const f = f32x4.convert_i32x4_s(q), s = v128.load_splat<f32>(scale);
  v128.store(at, first ? f32x4.mul(f, s) : fma(f, s, v128.load(at)));
}

/**
 * One register tile of quantised numbers: c[R, 8] = a[R, k] · b[k, 8], scaled, plus bias and residual. Within a run sums are exact
 * in 32 bits.
 *
 * @param a quantised activations of R rows, group by group interleaved
 * @param b one panel, `depth` (k padded to whole groups) deep
 * @param scales of the panel's channels; @param sums [runs][8] 16-bit sums of the panel's weights
 * @param rowScales the scale of each row's runs, rows `ldq` bytes apart; @param zeros likewise
 */
export function tile8<R>(
  a: usize, b: usize, depth: i32, c: usize, ldc: usize,
  scales: usize, sums: usize, rowScales: usize, zeros: usize, ldq: usize, bias: usize, residual: usize, ldr: usize,
): void {
  let first = true;
  for (let k0 = 0; first || k0 < depth; k0 += RUN) {
    let c00 = i32x4.splat(0), c01 = i32x4.splat(0);
    let c10 = i32x4.splat(0), c11 = i32x4.splat(0);
    let c20 = i32x4.splat(0), c21 = i32x4.splat(0);
    let c30 = i32x4.splat(0), c31 = i32x4.splat(0);
    let c40 = i32x4.splat(0), c41 = i32x4.splat(0);
    let c50 = i32x4.splat(0), c51 = i32x4.splat(0);
    const end = b + <usize>(min(RUN, depth - k0) * PANEL);
    while (b < end) {
      const b0 = loadGroup(b), b1 = loadGroup(b + 4 * GROUP);
      let x = v128.load_splat<i32>(a);
      c00 = dot(b0, x, c00); c01 = dot(b1, x, c01);
      if (offsetof<R>() > 1) { x = v128.load_splat<i32>(a, 4); c10 = dot(b0, x, c10); c11 = dot(b1, x, c11); }
      if (offsetof<R>() > 2) { x = v128.load_splat<i32>(a, 8); c20 = dot(b0, x, c20); c21 = dot(b1, x, c21); }
      if (offsetof<R>() > 3) { x = v128.load_splat<i32>(a, 12); c30 = dot(b0, x, c30); c31 = dot(b1, x, c31); }
      if (offsetof<R>() > 4) { x = v128.load_splat<i32>(a, 16); c40 = dot(b0, x, c40); c41 = dot(b1, x, c41); }
      if (offsetof<R>() > 5) { x = v128.load_splat<i32>(a, 20); c50 = dot(b0, x, c50); c51 = dot(b1, x, c51); }
      a += offsetof<R>() * GROUP * ACTIVATION_BYTES;
      b += PANEL * GROUP;
    }
    const s0 = v128.load_ext<i16>(sums), s1 = v128.load_ext<i16>(sums, 8);
    let z = zeros, s = rowScales;
    fold(c00, floats, first, s0, z, s); fold(c01, floats + 16, first, s1, z, s);
    if (offsetof<R>() > 1) { z += ldq; s += ldq; fold(c10, floats + 32, first, s0, z, s); fold(c11, floats + 48, first, s1, z, s); }
    if (offsetof<R>() > 2) { z += ldq; s += ldq; fold(c20, floats + 64, first, s0, z, s); fold(c21, floats + 80, first, s1, z, s); }
    if (offsetof<R>() > 3) { z += ldq; s += ldq; fold(c30, floats + 96, first, s0, z, s); fold(c31, floats + 112, first, s1, z, s); }
    if (offsetof<R>() > 4) { z += ldq; s += ldq; fold(c40, floats + 128, first, s0, z, s); fold(c41, floats + 144, first, s1, z, s); }
    if (offsetof<R>() > 5) { z += ldq; s += ldq; fold(c50, floats + 160, first, s0, z, s); fold(c51, floats + 176, first, s1, z, s); }
    sums += 16;
    zeros += 4;
    rowScales += 4;
    first = false;
  }

  const scale0 = v128.load(scales), scale1 = v128.load(scales, 16);
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
