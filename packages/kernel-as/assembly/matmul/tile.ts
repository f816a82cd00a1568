import { fma } from '../simd';

/**
 * One register tile: c[R, 8] (+)= a[R, k] · b[k, 8] (+ bias) (+ residual).
 *
 * The sum over k is in order, in one accumulator per output for every R: the result of a row does not depend on the other
 * rows. Bias and residual are added last, so that a large residual does not cost the sum precision.
 *
 * @param a R rows, `lda` bytes apart, of k values, `step` bytes apart
 * @param b one packed panel: k rows of 8 columns
 * @param c R rows, `ldc` bytes apart, of 8 columns; added to if `accumulate`, else overwritten
 * @param bias 8 values, or 0 for none
 * @param residual R rows, `ldr` bytes apart, of 8 columns, or 0 for none
 */
export function tile<R>(
  a: usize, lda: usize, step: usize, b: usize, k: i32, c: usize, ldc: usize, accumulate: bool, bias: usize, residual: usize, ldr: usize,
): void {
  const a1 = lda, a2 = lda * 2, a3 = lda * 3, a4 = lda * 4, a5 = lda * 5;
  let c00 = f32x4.splat(0), c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0), c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0), c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0), c31 = f32x4.splat(0);
  let c40 = f32x4.splat(0), c41 = f32x4.splat(0);
  let c50 = f32x4.splat(0), c51 = f32x4.splat(0);
  if (accumulate) {
    c00 = v128.load(c); c01 = v128.load(c, 16);
    if (offsetof<R>() > 1) { c10 = v128.load(c + ldc); c11 = v128.load(c + ldc, 16); }
    if (offsetof<R>() > 2) { c20 = v128.load(c + ldc * 2); c21 = v128.load(c + ldc * 2, 16); }
    if (offsetof<R>() > 3) { c30 = v128.load(c + ldc * 3); c31 = v128.load(c + ldc * 3, 16); }
    if (offsetof<R>() > 4) { c40 = v128.load(c + ldc * 4); c41 = v128.load(c + ldc * 4, 16); }
    if (offsetof<R>() > 5) { c50 = v128.load(c + ldc * 5); c51 = v128.load(c + ldc * 5, 16); }
  }

  const end = b + (<usize>k << 5);
  while (b < end) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let x = v128.load_splat<f32>(a);
    c00 = fma(x, b0, c00); c01 = fma(x, b1, c01);
    if (offsetof<R>() > 1) { x = v128.load_splat<f32>(a + a1); c10 = fma(x, b0, c10); c11 = fma(x, b1, c11); }
    if (offsetof<R>() > 2) { x = v128.load_splat<f32>(a + a2); c20 = fma(x, b0, c20); c21 = fma(x, b1, c21); }
    if (offsetof<R>() > 3) { x = v128.load_splat<f32>(a + a3); c30 = fma(x, b0, c30); c31 = fma(x, b1, c31); }
    if (offsetof<R>() > 4) { x = v128.load_splat<f32>(a + a4); c40 = fma(x, b0, c40); c41 = fma(x, b1, c41); }
    if (offsetof<R>() > 5) { x = v128.load_splat<f32>(a + a5); c50 = fma(x, b0, c50); c51 = fma(x, b1, c51); }
    a += step;
    b += 32;
  }

  if (bias) {
    const e0 = v128.load(bias), e1 = v128.load(bias, 16);
    c00 = f32x4.add(c00, e0); c01 = f32x4.add(c01, e1);
    if (offsetof<R>() > 1) { c10 = f32x4.add(c10, e0); c11 = f32x4.add(c11, e1); }
    if (offsetof<R>() > 2) { c20 = f32x4.add(c20, e0); c21 = f32x4.add(c21, e1); }
    if (offsetof<R>() > 3) { c30 = f32x4.add(c30, e0); c31 = f32x4.add(c31, e1); }
    if (offsetof<R>() > 4) { c40 = f32x4.add(c40, e0); c41 = f32x4.add(c41, e1); }
    if (offsetof<R>() > 5) { c50 = f32x4.add(c50, e0); c51 = f32x4.add(c51, e1); }
  }
  if (residual) {
    c00 = f32x4.add(c00, v128.load(residual)); c01 = f32x4.add(c01, v128.load(residual, 16));
    if (offsetof<R>() > 1) { residual += ldr; c10 = f32x4.add(c10, v128.load(residual)); c11 = f32x4.add(c11, v128.load(residual, 16)); }
    if (offsetof<R>() > 2) { residual += ldr; c20 = f32x4.add(c20, v128.load(residual)); c21 = f32x4.add(c21, v128.load(residual, 16)); }
    if (offsetof<R>() > 3) { residual += ldr; c30 = f32x4.add(c30, v128.load(residual)); c31 = f32x4.add(c31, v128.load(residual, 16)); }
    if (offsetof<R>() > 4) { residual += ldr; c40 = f32x4.add(c40, v128.load(residual)); c41 = f32x4.add(c41, v128.load(residual, 16)); }
    if (offsetof<R>() > 5) { residual += ldr; c50 = f32x4.add(c50, v128.load(residual)); c51 = f32x4.add(c51, v128.load(residual, 16)); }
  }

  v128.store(c, c00); v128.store(c, c01, 16);
  if (offsetof<R>() > 1) { c += ldc; v128.store(c, c10); v128.store(c, c11, 16); }
  if (offsetof<R>() > 2) { c += ldc; v128.store(c, c20); v128.store(c, c21, 16); }
  if (offsetof<R>() > 3) { c += ldc; v128.store(c, c30); v128.store(c, c31, 16); }
  if (offsetof<R>() > 4) { c += ldc; v128.store(c, c40); v128.store(c, c41, 16); }
  if (offsetof<R>() > 5) { c += ldc; v128.store(c, c50); v128.store(c, c51, 16); }
}
