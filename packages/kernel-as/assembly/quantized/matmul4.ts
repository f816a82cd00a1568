import { activate } from '../activation';
import { addRows, copyRows, edge } from '../matmul/edge';
import { matmul } from '../matmul/matmul';
import { fma } from '../simd';
import { quantizeSigned } from './activations';
import { ACTIVATION_BYTES, BLOCK, BLOCK_BYTES, blocksOf, PANEL } from './format';

/**
 * Up to this many rows are quantised and multiplied as integers, row by row. For more rows each panel is converted to f32 once:
 * this costs less than one row, and the float tile does more work per load.
 */
const FEW_ROWS: i32 = 6;

/** Bytes of scratch memory for `matmul4`. */
export function matmul4Scratch(k: i32): usize {
  const blocks = blocksOf(k);
  const rows = FEW_ROWS * (blocks * (BLOCK * ACTIVATION_BYTES + 4) + 4);
  return <usize>max(rows, blocks * BLOCK * PANEL * 4);
}

const sums = memory.data(32, 16);

/** In memory: see math.ts. */
const LOW_NIBBLES = memory.data<u32>([0x0f0f0f0f], 16);

/** One row times one panel: c[8] = scale · Σ over blocks of block scale · Σ q · a (+ bias) (+ residual). */
function vector4(
  a: usize, offsets: usize, scale: f32, b: usize, blocks: i32, c: usize, bias: usize, residual: usize,
): void {
  const mask = v128.load_splat<u32>(LOW_NIBBLES);
  let f0 = f32x4.splat(0), f1 = f0;
  for (const end = b + <usize>(blocks * BLOCK_BYTES); b < end; b += BLOCK_BYTES) {
    // The sums start with −8 · Σ a, since the weights are stored plus 8.
    const offset = v128.load_splat<i32>(offsets);
    let i0 = offset, i1 = offset;
    let s0 = i16x8.splat(0), s1 = s0;
    for (let g: usize = PANEL * 4; g < <usize>BLOCK_BYTES; g += 16) {
      const w = v128.load(b + g);
      const lower = v128.and(w, mask), upper = v128.and(i16x8.shr_u(w, 4), mask);
      if (ASC_FEATURE_RELAXED_SIMD) {
        const x = v128.load_splat<i32>(a);
        s0 = i16x8.add(i16x8.relaxed_dot_i8x16_i7x16_s(x, lower), s0);
        s1 = i16x8.add(i16x8.relaxed_dot_i8x16_i7x16_s(x, upper), s1);
      } else {
        const x = v128.load_splat<i32>(a), y = v128.load_splat<i32>(a, 4);
        i0 = i32x4.add(i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(lower), x), i0);
        i1 = i32x4.add(i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(lower), x), i1);
        i0 = i32x4.add(i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(upper), y), i0);
        i1 = i32x4.add(i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(upper), y), i1);
      }
      a += 4 * ACTIVATION_BYTES;
    }
    if (ASC_FEATURE_RELAXED_SIMD) {
      i0 = i32x4.add(i32x4.extadd_pairwise_i16x8_s(s0), i0);
      i1 = i32x4.add(i32x4.extadd_pairwise_i16x8_s(s1), i1);
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

/** Converts a panel to f32: out[blocks · 32][8]. */
function widenPanel(b: usize, blocks: i32, out: usize): void {
  const eight = i32x4.splat(8);
  // The byte of each lane's weight for the first k of a group; the following k are the following bytes.
  const step = ASC_FEATURE_RELAXED_SIMD ? 4 : 2;
  const first = i32x4(<i32>0xffffff00, <i32>(0xffffff00 | step), <i32>(0xffffff00 | (2 * step)), <i32>(0xffffff00 | (3 * step)));
  for (const end = b + <usize>(blocks * BLOCK_BYTES); b < end; b += BLOCK_BYTES) {
    const s0 = v128.load(b), s1 = v128.load(b, 16);
    for (let g: usize = 0; g < <usize>(BLOCK / 4); g++) {
      const w = v128.load(b + (g << 4), PANEL * 4);
      const mask = v128.load_splat<u32>(LOW_NIBBLES);
      const lower = v128.and(w, mask), upper = v128.and(i16x8.shr_u(w, 4), mask);
      for (let i = 0; i < 4; i++) {
        let q0: v128, q1: v128;
        if (ASC_FEATURE_RELAXED_SIMD) {
          const lanes = i32x4.add(first, i32x4.splat(i));
          q0 = i8x16.swizzle(lower, lanes);
          q1 = i8x16.swizzle(upper, lanes);
        } else {
          const half = i < 2 ? lower : upper;
          const lanes = i32x4.add(first, i32x4.splat(i & 1));
          q0 = i8x16.swizzle(half, lanes);
          q1 = i8x16.swizzle(half, i32x4.add(lanes, i32x4.splat(8)));
        }
        v128.store(out, f32x4.mul(f32x4.convert_i32x4_s(i32x4.sub(q0, eight)), s0));
        v128.store(out, f32x4.mul(f32x4.convert_i32x4_s(i32x4.sub(q1, eight)), s1), 16);
        out += 32;
      }
    }
  }
}

/**
 * c[m, n] = f(a[m, k] · b[k, n] + bias) + residual, with b in 4 bits (pack4.ts). Up to `FEW_ROWS` rows of a are quantised; for more
 * rows the weights are converted to f32.
 *
 * @param bias panels · 8 values, or 0; @param scratch `matmul4Scratch` bytes; other arguments as for `matmul`
 */
export function matmul4(
  a: usize, aStride: i32, b: usize, c: usize, cStride: i32, m: i32, k: i32, n: i32,
  bias: usize, activation: i32, residual: usize, residualStride: i32, scratch: usize,
): void {
  const blocks = blocksOf(k);
  if (m <= FEW_ROWS) {
    fewRows(a, aStride, b, c, cStride, m, k, n, bias, activation, residual, residualStride, scratch);
    return;
  }
  for (let p = 0; p < n; p += PANEL) {
    const columns = <usize>p << 2;
    widenPanel(b + <usize>((p / PANEL) * blocks) * BLOCK_BYTES, blocks, scratch);
    matmul(
      a, aStride, scratch, c + columns, cStride, m, k, min(PANEL, n - p), bias ? bias + columns : 0, activation,
      residual ? residual + columns : 0, residualStride, 0, false,
    );
  }
}

function fewRows(
  a: usize, aStride: i32, b: usize, c: usize, cStride: i32, rows: i32, k: i32, n: i32,
  bias: usize, activation: i32, residual: usize, residualStride: i32, scratch: usize,
): void {
  const blocks = blocksOf(k);
  const ldc = <usize>cStride << 2, ldr = <usize>residualStride << 2;
  const rowBytes = <usize>(blocks * BLOCK * ACTIVATION_BYTES);
  const scales = scratch;
  const offsets = scales + (<usize>rows << 2);
  const quantized = offsets + (<usize>(rows * blocks) << 2);
  const tileResidual: usize = activation ? 0 : residual;
  for (let r = 0; r < rows; r++) {
    const x = a + (<usize>(r * aStride) << 2);
    const to = quantized + <usize>r * rowBytes;
    f32.store(scales + (<usize>r << 2), quantizeSigned(x, k, to, offsets + (<usize>(r * blocks) << 2)));
  }
  for (let p = 0; p < n; p += PANEL) {
    const columns = <usize>p << 2;
    const width = min(PANEL, n - p);
    const whole = width == PANEL;
    const panel = b + <usize>((p / PANEL) * blocks) * BLOCK_BYTES;
    for (let r = 0; r < rows; r++) {
      const row = <usize>r;
      const to = c + row * ldc + columns;
      const add = tileResidual ? tileResidual + row * ldr + columns : 0;
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
    activate(c, cStride, c, cStride, rows, n, activation);
    if (residual) addRows(c, ldc, residual, ldr, rows, n);
  }
}
