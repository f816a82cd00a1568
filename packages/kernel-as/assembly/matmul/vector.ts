import { fma } from '../simd';
import { NEGATIVE_ZEROS, ZEROS } from './tile16';

/**
 * One row times four panels: c[1, 32] (+)= a[1, k] · b (+ bias) (+ residual). For a single row, one panel has only two
 * accumulators, too few to hide the latency of multiply-add; four panels have eight, and read four streams of weights.
 *
 * @param b first of four packed panels, `k · 32` bytes apart
 */
export function vectorPanels(
  a: usize, b: usize, k: i32, c: usize, accumulate: bool, bias: usize, residual: usize,
): void {
  const step = <usize>k << 5;
  const s1 = step, s2 = step * 2, s3 = step * 3;
  const start = accumulate ? c : ZEROS;
  let c0 = v128.load(start), c1 = v128.load(start, 16), c2 = v128.load(start, 32), c3 = v128.load(start, 48);
  let c4 = v128.load(start, 64), c5 = v128.load(start, 80), c6 = v128.load(start, 96), c7 = v128.load(start, 112);
  const end = b + step;
  while (b < end) {
    const x = v128.load_splat<f32>(a);
    c0 = fma(x, v128.load(b), c0); c1 = fma(x, v128.load(b, 16), c1);
    c2 = fma(x, v128.load(b + s1), c2); c3 = fma(x, v128.load(b + s1, 16), c3);
    c4 = fma(x, v128.load(b + s2), c4); c5 = fma(x, v128.load(b + s2, 16), c5);
    c6 = fma(x, v128.load(b + s3), c6); c7 = fma(x, v128.load(b + s3, 16), c7);
    a += 4;
    b += 32;
  }
  // Without branches, and all loads before the stores: see tile16.ts.
  if (!bias) bias = NEGATIVE_ZEROS;
  if (!residual) residual = NEGATIVE_ZEROS;
  c0 = f32x4.add(f32x4.add(c0, v128.load(bias)), v128.load(residual));
  c1 = f32x4.add(f32x4.add(c1, v128.load(bias, 16)), v128.load(residual, 16));
  c2 = f32x4.add(f32x4.add(c2, v128.load(bias, 32)), v128.load(residual, 32));
  c3 = f32x4.add(f32x4.add(c3, v128.load(bias, 48)), v128.load(residual, 48));
  c4 = f32x4.add(f32x4.add(c4, v128.load(bias, 64)), v128.load(residual, 64));
  c5 = f32x4.add(f32x4.add(c5, v128.load(bias, 80)), v128.load(residual, 80));
  c6 = f32x4.add(f32x4.add(c6, v128.load(bias, 96)), v128.load(residual, 96));
  c7 = f32x4.add(f32x4.add(c7, v128.load(bias, 112)), v128.load(residual, 112));
  v128.store(c, c0); v128.store(c, c1, 16); v128.store(c, c2, 32); v128.store(c, c3, 48);
  v128.store(c, c4, 64); v128.store(c, c5, 80); v128.store(c, c6, 96); v128.store(c, c7, 112);
}
