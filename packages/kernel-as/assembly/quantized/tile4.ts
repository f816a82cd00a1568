import { fma } from '../simd';
import { Fused, loadOnes } from './dot8';
import { ACTIVATION_BYTES, BLOCK, GROUP, loadGroup, PANEL } from './format';

/** Bytes of a block of an unpacked panel: 8 scales (f32), and 32 × 8 weights of 8 bits. */
// @ts-ignore: decorator
@inline
export const UNPACKED_BLOCK_BYTES: i32 = PANEL * 4 + PANEL * BLOCK;

/** Sums of a tile over the blocks so far: 6 rows of 8. */
const floats = memory.data(6 * 32, 16);

/** The initial value of a block's sums of one row. */
// @ts-ignore: decorator
@inline
export function startSum<D>(at: usize, ones: v128): v128 {
  const start = v128.load_splat<i32>(at);
  return ASC_FEATURE_RELAXED_SIMD && offsetof<D>() == offsetof<Fused>() ? i32x4.dot_i16x8_s(start, ones) : start;
}

/** sum + weights · activations, for one group of four channels and one group in all lanes. Unfused, in 16 bits: eight groups fit. */
// @ts-ignore: decorator
@inline
export function addProduct<D>(weights: v128, activations: v128, sum: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    return offsetof<D>() == offsetof<Fused>()
      ? i32x4.relaxed_dot_i8x16_i7x16_add_s(activations, weights, sum)
      : i16x8.add(i16x8.relaxed_dot_i8x16_i7x16_s(activations, weights), sum);
  } else {
    return i32x4.add(i32x4.dot_i16x8_s(weights, activations), sum);
  }
}

/** A block's sums as f32. */
// @ts-ignore: decorator
@inline
export function blockSum<D>(sum: v128, ones: v128): v128 {
  return f32x4.convert_i32x4_s(
    ASC_FEATURE_RELAXED_SIMD && offsetof<D>() != offsetof<Fused>() ? i32x4.dot_i16x8_s(sum, ones) : sum,
  );
}

/** Adds the sums of a block of one row, times the scales of weights and activations, to the sums of the tile. */
// @ts-ignore: decorator
@inline
function accumulateBlock<D>(sum0: v128, sum1: v128, ones: v128, scale: usize, scales: usize, at: usize): void {
  const s = v128.load_splat<f32>(scale);
  const f0 = fma(blockSum<D>(sum0, ones), f32x4.mul(v128.load(scales), s), v128.load(at));
  const f1 = fma(blockSum<D>(sum1, ones), f32x4.mul(v128.load(scales, 16), s), v128.load(at, 16));
  v128.store(at, f0);
  v128.store(at, f1, 16);
}

/**
 * One register tile: c[R, 8] = a[R, k] · b[k, 8] (+ bias) (+ residual), with the weights of a block of 32 unpacked to bytes.
 *
 * @param a quantised activations of R rows (see `quantizeBlocks`); @param b one unpacked panel (see `unpackPanel`)
 */
export function tile4<R, D>(
  a: usize, b: usize, blocks: i32, c: usize, ldc: usize, bias: usize, residual: usize, ldr: usize,
): void {
  const ones = loadOnes();
  for (let at = floats; at < floats + 32 * offsetof<R>(); at += 16) v128.store(at, f32x4.splat(0));
  for (const stop = b + <usize>(blocks * UNPACKED_BLOCK_BYTES); b < stop;) {
    const scales = b, rowScales = a;
    a += 4 * offsetof<R>();
    let c00 = startSum<D>(a, ones), c01 = c00;
    let c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
    if (offsetof<R>() > 1) { c10 = startSum<D>(a + 4, ones); c11 = c10; }
    if (offsetof<R>() > 2) { c20 = startSum<D>(a + 8, ones); c21 = c20; }
    if (offsetof<R>() > 3) { c30 = startSum<D>(a + 12, ones); c31 = c30; }
    if (offsetof<R>() > 4) { c40 = startSum<D>(a + 16, ones); c41 = c40; }
    if (offsetof<R>() > 5) { c50 = startSum<D>(a + 20, ones); c51 = c50; }
    a += 4 * offsetof<R>();
    b += PANEL * 4;
    for (const end = b + PANEL * BLOCK; b < end;) {
      const b0 = loadGroup(b), b1 = loadGroup(b + 4 * GROUP);
      let x = v128.load_splat<i32>(a);
      c00 = addProduct<D>(b0, x, c00); c01 = addProduct<D>(b1, x, c01);
      if (offsetof<R>() > 1) { x = v128.load_splat<i32>(a, 4); c10 = addProduct<D>(b0, x, c10); c11 = addProduct<D>(b1, x, c11); }
      if (offsetof<R>() > 2) { x = v128.load_splat<i32>(a, 8); c20 = addProduct<D>(b0, x, c20); c21 = addProduct<D>(b1, x, c21); }
      if (offsetof<R>() > 3) { x = v128.load_splat<i32>(a, 12); c30 = addProduct<D>(b0, x, c30); c31 = addProduct<D>(b1, x, c31); }
      if (offsetof<R>() > 4) { x = v128.load_splat<i32>(a, 16); c40 = addProduct<D>(b0, x, c40); c41 = addProduct<D>(b1, x, c41); }
      if (offsetof<R>() > 5) { x = v128.load_splat<i32>(a, 20); c50 = addProduct<D>(b0, x, c50); c51 = addProduct<D>(b1, x, c51); }
      a += offsetof<R>() * GROUP * ACTIVATION_BYTES;
      b += PANEL * GROUP;
    }
    accumulateBlock<D>(c00, c01, ones, rowScales, scales, floats);
    if (offsetof<R>() > 1) accumulateBlock<D>(c10, c11, ones, rowScales + 4, scales, floats + 32);
    if (offsetof<R>() > 2) accumulateBlock<D>(c20, c21, ones, rowScales + 8, scales, floats + 64);
    if (offsetof<R>() > 3) accumulateBlock<D>(c30, c31, ones, rowScales + 12, scales, floats + 96);
    if (offsetof<R>() > 4) accumulateBlock<D>(c40, c41, ones, rowScales + 16, scales, floats + 128);
    if (offsetof<R>() > 5) accumulateBlock<D>(c50, c51, ones, rowScales + 20, scales, floats + 160);
  }

  for (let from = floats; from < floats + 32 * offsetof<R>(); from += 32) {
    storeSums(v128.load(from), v128.load(from, 16), c, bias, residual);
    if (residual) residual += ldr;
    c += ldc;
  }
}

/** c[8] = sums (+ bias) (+ residual). */
// @ts-ignore: decorator
@inline
export function storeSums(y0: v128, y1: v128, c: usize, bias: usize, residual: usize): void {
  if (bias) {
    y0 = f32x4.add(y0, v128.load(bias));
    y1 = f32x4.add(y1, v128.load(bias, 16));
  }
  if (residual) {
    y0 = f32x4.add(y0, v128.load(residual));
    y1 = f32x4.add(y1, v128.load(residual, 16));
  }
  v128.store(c, y0);
  v128.store(c, y1, 16);
}
