import { fma } from '../simd';
import { loadOnes } from './dot8';
import { ACTIVATION_BYTES, BLOCK, BLOCK_BYTES, PANEL } from './format';
import { addProduct, blockSum, startSum, storeSums } from './tile4';

/** In memory: see math.ts. */
export const LOW_NIBBLES = memory.data<u32>([0x0f0f0f0f], 16);

/** sum + weights · activations, of four channels in the portable build: the weights of two k are the bytes of half of a vector. */
// @ts-ignore: decorator
@inline
function addLow(weights: v128, activations: v128, sum: v128): v128 {
  return i32x4.add(i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(weights), activations), sum);
}
// @ts-ignore: decorator
@inline
function addHigh(weights: v128, activations: v128, sum: v128): v128 {
  return i32x4.add(i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(weights), activations), sum);
}

/**
 * One row times 16 channels: c[16] = Σ over blocks of scales · Σ q · a (+ bias) (+ residual).
 *
 * @param a one quantised row (see `quantizeBlocks`); @param b blocks of 16 channels (see `blockAddress4`)
 */
export function vector4<D>(a: usize, b: usize, blocks: i32, c: usize, bias: usize, residual: usize): void {
  const mask = v128.load_splat<u32>(LOW_NIBBLES), ones = loadOnes();
  let f0 = f32x4.splat(0), f1 = f0, f2 = f0, f3 = f0;
  for (const stop = b + <usize>(blocks * BLOCK_BYTES * 2); b < stop;) {
    const scales = b, scale = a;
    let s0 = startSum<D>(a + 4, ones), s1 = s0, s2 = s0, s3 = s0;
    a += 8;
    b += PANEL * 8;
    for (const end = b + PANEL * BLOCK; b < end; b += 32) {
      const v = v128.load(b), w = v128.load(b, 16);
      const v0 = v128.and(v, mask), w0 = v128.and(w, mask);
      const v1 = v128.and(i16x8.shr_u(v, 4), mask), w1 = v128.and(i16x8.shr_u(w, 4), mask);
      const x = v128.load_splat<i32>(a);
      if (ASC_FEATURE_RELAXED_SIMD) {
        s0 = addProduct<D>(v0, x, s0); s1 = addProduct<D>(w0, x, s1);
        s2 = addProduct<D>(v1, x, s2); s3 = addProduct<D>(w1, x, s3);
      } else {
        const y = v128.load_splat<i32>(a, 4);
        s0 = addLow(v1, y, addLow(v0, x, s0)); s1 = addHigh(v1, y, addHigh(v0, x, s1));
        s2 = addLow(w1, y, addLow(w0, x, s2)); s3 = addHigh(w1, y, addHigh(w0, x, s3));
      }
      a += 4 * ACTIVATION_BYTES;
    }
    const s = v128.load_splat<f32>(scale);
    f0 = fma(blockSum<D>(s0, ones), f32x4.mul(v128.load(scales), s), f0);
    f1 = fma(blockSum<D>(s1, ones), f32x4.mul(v128.load(scales, 16), s), f1);
    f2 = fma(blockSum<D>(s2, ones), f32x4.mul(v128.load(scales, 32), s), f2);
    f3 = fma(blockSum<D>(s3, ones), f32x4.mul(v128.load(scales, 48), s), f3);
  }
  storeSums(f0, f1, c, bias, residual);
  storeSums(f2, f3, c + 32, bias ? bias + 32 : 0, residual ? residual + 32 : 0);
}
