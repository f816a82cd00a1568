import { addRow16, storeRow16 } from '../matmul/tile16';
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

/**
 * `tile4` for two unpacked panels, with the same sums: c[R, 16] (see matmul/tile16.ts).
 *
 * @param b one unpacked panel; @param d the next; @param bias 16 values, or `NEGATIVE_ZEROS`
 * @param residual R rows, `ldr` bytes apart, of 16 columns; or `NEGATIVE_ZEROS` with `ldr` 0
 * @param floats R rows of 16 values, for the sums of the blocks so far
 */
export function tile4x16<R, D>(
  a: usize, b: usize, d: usize, blocks: i32, c: usize, ldc: usize, bias: usize, residual: usize, ldr: usize, floats: usize,
): void {
  const ones = loadOnes();
  memory.fill(floats, 0, 64 * offsetof<R>());
  for (const stop = b + <usize>(blocks * UNPACKED_BLOCK_BYTES); b < stop;) {
    const scales = b, scales1 = d, rowScales = a;
    a += 4 * offsetof<R>();
    let c00 = startSum<D>(a, ones), c01 = c00, c02 = c00, c03 = c00;
    let c10 = c00, c11 = c00, c12 = c00, c13 = c00;
    let c20 = c00, c21 = c00, c22 = c00, c23 = c00;
    let c30 = c00, c31 = c00, c32 = c00, c33 = c00;
    let c40 = c00, c41 = c00, c42 = c00, c43 = c00;
    let c50 = c00, c51 = c00, c52 = c00, c53 = c00;
    if (offsetof<R>() > 1) { c10 = startSum<D>(a + 4, ones); c11 = c10; c12 = c10; c13 = c10; }
    if (offsetof<R>() > 2) { c20 = startSum<D>(a + 8, ones); c21 = c20; c22 = c20; c23 = c20; }
    if (offsetof<R>() > 3) { c30 = startSum<D>(a + 12, ones); c31 = c30; c32 = c30; c33 = c30; }
    if (offsetof<R>() > 4) { c40 = startSum<D>(a + 16, ones); c41 = c40; c42 = c40; c43 = c40; }
    if (offsetof<R>() > 5) { c50 = startSum<D>(a + 20, ones); c51 = c50; c52 = c50; c53 = c50; }
    a += 4 * offsetof<R>();
    b += PANEL * 4;
    d += PANEL * 4;
    for (const end = b + PANEL * BLOCK; b < end;) {
      const b0 = loadGroup(b), b1 = loadGroup(b + 4 * GROUP), b2 = loadGroup(d), b3 = loadGroup(d + 4 * GROUP);
      let x = v128.load_splat<i32>(a);
      c00 = addProduct<D>(b0, x, c00); c01 = addProduct<D>(b1, x, c01); c02 = addProduct<D>(b2, x, c02); c03 = addProduct<D>(b3, x, c03);
      if (offsetof<R>() > 1) { x = v128.load_splat<i32>(a, 4); c10 = addProduct<D>(b0, x, c10); c11 = addProduct<D>(b1, x, c11); c12 = addProduct<D>(b2, x, c12); c13 = addProduct<D>(b3, x, c13); }
      if (offsetof<R>() > 2) { x = v128.load_splat<i32>(a, 8); c20 = addProduct<D>(b0, x, c20); c21 = addProduct<D>(b1, x, c21); c22 = addProduct<D>(b2, x, c22); c23 = addProduct<D>(b3, x, c23); }
      if (offsetof<R>() > 3) { x = v128.load_splat<i32>(a, 12); c30 = addProduct<D>(b0, x, c30); c31 = addProduct<D>(b1, x, c31); c32 = addProduct<D>(b2, x, c32); c33 = addProduct<D>(b3, x, c33); }
      if (offsetof<R>() > 4) { x = v128.load_splat<i32>(a, 16); c40 = addProduct<D>(b0, x, c40); c41 = addProduct<D>(b1, x, c41); c42 = addProduct<D>(b2, x, c42); c43 = addProduct<D>(b3, x, c43); }
      if (offsetof<R>() > 5) { x = v128.load_splat<i32>(a, 20); c50 = addProduct<D>(b0, x, c50); c51 = addProduct<D>(b1, x, c51); c52 = addProduct<D>(b2, x, c52); c53 = addProduct<D>(b3, x, c53); }
      a += offsetof<R>() * GROUP * ACTIVATION_BYTES;
      b += PANEL * GROUP;
      d += PANEL * GROUP;
    }
    accumulateRow16<D>(c00, c01, c02, c03, ones, rowScales, scales, scales1, floats);
    if (offsetof<R>() > 1) accumulateRow16<D>(c10, c11, c12, c13, ones, rowScales + 4, scales, scales1, floats + 64);
    if (offsetof<R>() > 2) accumulateRow16<D>(c20, c21, c22, c23, ones, rowScales + 8, scales, scales1, floats + 128);
    if (offsetof<R>() > 3) accumulateRow16<D>(c30, c31, c32, c33, ones, rowScales + 12, scales, scales1, floats + 192);
    if (offsetof<R>() > 4) accumulateRow16<D>(c40, c41, c42, c43, ones, rowScales + 16, scales, scales1, floats + 256);
    if (offsetof<R>() > 5) accumulateRow16<D>(c50, c51, c52, c53, ones, rowScales + 20, scales, scales1, floats + 320);
  }
  for (const end = floats + 64 * offsetof<R>(); floats < end; floats += 64) {
    addRow16(v128.load(floats), v128.load(floats, 16), v128.load(floats, 32), v128.load(floats, 48), bias, residual, c);
    residual += ldr;
    c += ldc;
  }
}

/** As `accumulateBlock`, of two panels. */
// @ts-ignore: decorator
@inline
function accumulateRow16<D>(
  c0: v128, c1: v128, c2: v128, c3: v128, ones: v128, scale: usize, scales: usize, scales1: usize, floats: usize,
): void {
  const s = v128.load_splat<f32>(scale);
  const f0 = fma(blockSum<D>(c0, ones), f32x4.mul(v128.load(scales), s), v128.load(floats));
  const f1 = fma(blockSum<D>(c1, ones), f32x4.mul(v128.load(scales, 16), s), v128.load(floats, 16));
  const f2 = fma(blockSum<D>(c2, ones), f32x4.mul(v128.load(scales1), s), v128.load(floats, 32));
  const f3 = fma(blockSum<D>(c3, ones), f32x4.mul(v128.load(scales1, 16), s), v128.load(floats, 48));
  storeRow16(f0, f1, f2, f3, floats);
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
