import { ACTIVATION_BYTES, dot, GROUP, loadGroup, PANEL } from './format';

/** One row of a tile's sums, brought back to floats: (sum − zero · Σ q) · channel scale · row scale (+ bias) (+ residual). */
// @ts-ignore: decorator
@inline
function store(
  sum: v128, half: usize, r: i32, c: usize, scales: usize, sums: usize, rowScales: usize, zeros: usize, bias: usize, residual: usize,
): void {
  let q = sum;
  if (ASC_FEATURE_RELAXED_SIMD) {
    q = i32x4.sub(q, i32x4.mul(v128.load_splat<i32>(zeros + (<usize>r << 2)), v128.load(sums + half)));
  }
  const scale = f32x4.mul(v128.load(scales + half), v128.load_splat<f32>(rowScales + (<usize>r << 2)));
  let y = f32x4.mul(f32x4.convert_i32x4_s(q), scale);
  if (bias) y = f32x4.add(y, v128.load(bias + half));
  if (residual) y = f32x4.add(y, v128.load(residual + half));
  v128.store(c + half, y);
}

/**
 * One register tile of quantised numbers: c[R, 8] = a[R, k] · b[k, 8], scaled, plus bias and residual. Sums are exact in 32 bits.
 *
 * @param a first of R rows of quantised activations, `lda` bytes apart
 * @param b one panel
 * @param depth k, padded to whole groups
 */
export function tile8<R>(
  a: usize, lda: usize, b: usize, depth: i32, c: usize, ldc: usize,
  scales: usize, sums: usize, rowScales: usize, zeros: usize, bias: usize, residual: usize, ldr: usize,
): void {
  const a1 = lda, a2 = lda * 2, a3 = lda * 3, a4 = lda * 4, a5 = lda * 5;
  let c00 = i32x4.splat(0), c01 = i32x4.splat(0);
  let c10 = i32x4.splat(0), c11 = i32x4.splat(0);
  let c20 = i32x4.splat(0), c21 = i32x4.splat(0);
  let c30 = i32x4.splat(0), c31 = i32x4.splat(0);
  let c40 = i32x4.splat(0), c41 = i32x4.splat(0);
  let c50 = i32x4.splat(0), c51 = i32x4.splat(0);
  const end = b + <usize>(depth * PANEL);
  while (b < end) {
    const b0 = loadGroup(b), b1 = loadGroup(b + 4 * GROUP);
    let x = v128.load_splat<i32>(a);
    c00 = dot(b0, x, c00); c01 = dot(b1, x, c01);
    if (offsetof<R>() > 1) { x = v128.load_splat<i32>(a + a1); c10 = dot(b0, x, c10); c11 = dot(b1, x, c11); }
    if (offsetof<R>() > 2) { x = v128.load_splat<i32>(a + a2); c20 = dot(b0, x, c20); c21 = dot(b1, x, c21); }
    if (offsetof<R>() > 3) { x = v128.load_splat<i32>(a + a3); c30 = dot(b0, x, c30); c31 = dot(b1, x, c31); }
    if (offsetof<R>() > 4) { x = v128.load_splat<i32>(a + a4); c40 = dot(b0, x, c40); c41 = dot(b1, x, c41); }
    if (offsetof<R>() > 5) { x = v128.load_splat<i32>(a + a5); c50 = dot(b0, x, c50); c51 = dot(b1, x, c51); }
    a += GROUP * ACTIVATION_BYTES;
    b += PANEL * GROUP;
  }
  store(c00, 0, 0, c, scales, sums, rowScales, zeros, bias, residual);
  store(c01, 16, 0, c, scales, sums, rowScales, zeros, bias, residual);
  if (offsetof<R>() > 1) {
    c += ldc; residual += residual ? ldr : 0;
    store(c10, 0, 1, c, scales, sums, rowScales, zeros, bias, residual);
    store(c11, 16, 1, c, scales, sums, rowScales, zeros, bias, residual);
  }
  if (offsetof<R>() > 2) {
    c += ldc; residual += residual ? ldr : 0;
    store(c20, 0, 2, c, scales, sums, rowScales, zeros, bias, residual);
    store(c21, 16, 2, c, scales, sums, rowScales, zeros, bias, residual);
  }
  if (offsetof<R>() > 3) {
    c += ldc; residual += residual ? ldr : 0;
    store(c30, 0, 3, c, scales, sums, rowScales, zeros, bias, residual);
    store(c31, 16, 3, c, scales, sums, rowScales, zeros, bias, residual);
  }
  if (offsetof<R>() > 4) {
    c += ldc; residual += residual ? ldr : 0;
    store(c40, 0, 4, c, scales, sums, rowScales, zeros, bias, residual);
    store(c41, 16, 4, c, scales, sums, rowScales, zeros, bias, residual);
  }
  if (offsetof<R>() > 5) {
    c += ldc; residual += residual ? ldr : 0;
    store(c50, 0, 5, c, scales, sums, rowScales, zeros, bias, residual);
    store(c51, 16, 5, c, scales, sums, rowScales, zeros, bias, residual);
  }
}
