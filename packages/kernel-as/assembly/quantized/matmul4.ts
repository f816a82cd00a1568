import { activate } from '../activation';
import { addRows, copyRows, edge } from '../matmul/edge';
import { fma } from '../simd';
import { quantizeSigned } from './activations';
import { ACTIVATION_BYTES, BLOCK, BLOCK_BYTES, blocksOf, PANEL } from './format';

/** Rows whose quantised activations are kept at once. */
const ROW_BLOCK: i32 = 64;

/** Bytes of scratch memory that `matmul4` needs. */
export function matmul4Scratch(k: i32): usize {
  return <usize>(ROW_BLOCK * (blocksOf(k) * (BLOCK * ACTIVATION_BYTES + 4) + 4));
}

/** One row times one panel: c[8] = scale · Σ over blocks of block scale · Σ q · a (+ bias) (+ residual). */
function vector4(
  a: usize, offsets: usize, scale: f32, b: usize, blocks: i32, c: usize, bias: usize, residual: usize,
): void {
  const mask = i8x16.splat(0x0f);
  let f0 = f32x4.splat(0), f1 = f0;
  for (const end = b + <usize>(blocks * BLOCK_BYTES); b < end; b += BLOCK_BYTES) {
    // The sums begin with −8 · Σ a, since the weights are stored with 8 added.
    let i0 = v128.load_splat<i32>(offsets), i1 = i0;
    for (let g: usize = 0; g < <usize>(BLOCK / 4); g++) {
      const w = v128.load(b + (g << 4), PANEL * 4);
      const lower = v128.and(w, mask), upper = v128.and(i16x8.shr_u(w, 4), mask);
      if (ASC_FEATURE_RELAXED_SIMD) {
        const x = v128.load_splat<i32>(a);
        i0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, lower, i0);
        i1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, upper, i1);
      } else {
        const x = v128.load_splat<i32>(a), y = v128.load_splat<i32>(a, 4);
        i0 = i32x4.add(i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(lower), x), i0);
        i1 = i32x4.add(i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(lower), x), i1);
        i0 = i32x4.add(i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(upper), y), i0);
        i1 = i32x4.add(i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(upper), y), i1);
      }
      a += 4 * ACTIVATION_BYTES;
    }
    f0 = fma(f32x4.convert_i32x4_s(i0), v128.load(b), f0);
    f1 = fma(f32x4.convert_i32x4_s(i1), v128.load(b, 16), f1);
    offsets += 4;
  }
  const s = f32x4.splat(scale);
  f0 = f32x4.mul(f0, s);
  f1 = f32x4.mul(f1, s);
  if (bias) {
    f0 = f32x4.add(f0, v128.load(bias));
    f1 = f32x4.add(f1, v128.load(bias, 16));
  }
  if (residual) {
    f0 = f32x4.add(f0, v128.load(residual));
    f1 = f32x4.add(f1, v128.load(residual, 16));
  }
  v128.store(c, f0);
  v128.store(c, f1, 16);
}

/**
 * c[m, n] = f(a[m, k] · b[k, n] + bias) + residual, with b in 4 bits (pack4.ts) and a quantised row by row on the way. Made for the
 * few rows of decoding: a panel is read from memory once and stays in the first-level cache for all rows.
 *
 * @param bias panels · 8 values, or 0; other arguments as for `matmul`
 */
export function matmul4(
  a: usize, aStride: i32, b: usize, c: usize, cStride: i32, m: i32, k: i32, n: i32,
  bias: usize, activation: i32, residual: usize, residualStride: i32, scratch: usize,
): void {
  const blocks = blocksOf(k);
  const ldc = <usize>cStride << 2, ldr = <usize>residualStride << 2;
  const rowBytes = <usize>(blocks * BLOCK * ACTIVATION_BYTES);
  const scales = scratch;
  const offsets = scales + (<usize>ROW_BLOCK << 2);
  const quantized = offsets + (<usize>(ROW_BLOCK * blocks) << 2);
  const early: usize = activation ? 0 : residual;
  for (let top = 0; top < m; top += ROW_BLOCK) {
    const rows = min(ROW_BLOCK, m - top);
    const block = c + <usize>top * ldc;
    for (let r = 0; r < rows; r++) {
      const x = a + (<usize>((top + r) * aStride) << 2);
      const to = quantized + <usize>r * rowBytes;
      f32.store(scales + (<usize>r << 2), quantizeSigned(x, k, blocks * BLOCK, to, offsets + (<usize>(r * blocks) << 2)));
    }
    for (let p = 0; p < n; p += PANEL) {
      const columns = <usize>p << 2;
      const width = min(PANEL, n - p);
      const panel = b + <usize>((p / PANEL) * blocks) * BLOCK_BYTES;
      for (let r = 0; r < rows; r++) {
        const row = <usize>r;
        const to = block + row * ldc + columns;
        const add = early ? early + (<usize>top + row) * ldr + columns : 0;
        const whole = width == PANEL;
        vector4(
          quantized + row * rowBytes, offsets + row * <usize>(blocks << 2), f32.load(scales + (row << 2)), panel, blocks,
          whole ? to : edge, bias ? bias + columns : 0, whole ? add : 0,
        );
        if (!whole) {
          if (add) addRows(edge, 32, add, ldr, 1, width);
          copyRows(edge, 32, to, ldc, 1, width);
        }
      }
    }
    if (activation) {
      activate(block, cStride, block, cStride, rows, n, activation);
      if (residual) addRows(block, ldc, residual + <usize>top * ldr, ldr, rows, n);
    }
  }
}
