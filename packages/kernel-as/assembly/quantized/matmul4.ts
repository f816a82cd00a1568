import { activate } from '../activation';
import { addRows, copyRows, edge } from '../matmul/edge';
import { Rows1, Rows2, Rows4, Rows5, Rows6 } from '../matmul/rows';
import { NEGATIVE_ZEROS } from '../matmul/tile16';
import { WIDE } from '../width';
import { ACTIVATION_BLOCK_BYTES, quantizeBlocks, tileRows4 } from './activations';
import { Fused, fusedDot, Unfused } from './dot8';
import { BLOCK, BLOCK_BYTES, blocksOf, PANEL, panelsTogether } from './format';
import { FUSED_TILE_ROWS } from './matmul8';
import { blockAddress4 } from './pack4';
import { tile4, tile4x16, UNPACKED_BLOCK_BYTES } from './tile4';
import { LOW_NIBBLES, vector4 } from './vector4';

/** Rows that are quantised at a time, and for which a panel is unpacked once: a multiple of the rows of tiles. */
const ROW_BLOCK: i32 = WIDE ? 140 : 132;

/** Rows that are multiplied one by one with weights in 4 bits, which is faster than unpacking a panel. */
const FEW_ROWS: i32 = 5;

/** Rows of a tile with unfused dot products, which need another register. */
const UNFUSED_TILE_ROWS: i32 = 4;

/** Bytes of the f32 sums of a tile of two panels. */
// @ts-ignore: decorator
@inline
const FLOATS_BYTES: i32 = WIDE ? FUSED_TILE_ROWS * 64 : 0;

/** Bytes of scratch memory for `matmul4`. */
export function matmul4Scratch(k: i32): usize {
  return <usize>(blocksOf(k) * (ROW_BLOCK * ACTIVATION_BLOCK_BYTES + 2 * UNPACKED_BLOCK_BYTES) + FLOATS_BYTES);
}

/**
 * Unpacks the weights of one or two panels to bytes 0 … 15: out[panel][block] of the scales (f32) and [32 / GROUP][8][GROUP]
 * weights.
 */
function unpackPanels(b: usize, together: i32, blocks: i32, out: usize): void {
  const mask = v128.load_splat<u32>(LOW_NIBBLES);
  const second = together == 2 ? <usize>(blocks * UNPACKED_BLOCK_BYTES) : 0;
  for (; blocks > 0; blocks--) {
    memory.copy(out, b, PANEL * 4);
    if (second) memory.copy(out + second, b + PANEL * 4, PANEL * 4);
    b += <usize>(together * PANEL * 4);
    out += PANEL * 4;
    for (const end = out + PANEL * BLOCK; out < end; out += 32) {
      const v = v128.load(b);
      const v0 = v128.and(v, mask), v1 = v128.and(i16x8.shr_u(v, 4), mask);
      if (!second) {
        v128.store(out, v0);
        v128.store(out, v1, 16);
        b += 16;
        continue;
      }
      const w = v128.load(b, 16);
      const w0 = v128.and(w, mask), w1 = v128.and(i16x8.shr_u(w, 4), mask);
      v128.store(out, v0);
      v128.store(out, ASC_FEATURE_RELAXED_SIMD ? w0 : v1, 16);
      v128.store(out + second, ASC_FEATURE_RELAXED_SIMD ? v1 : w0);
      v128.store(out + second, w1, 16);
      b += 32;
    }
  }
}

/**
 * c[m, n] = f(a[m, k] · b[k, n] + bias) + residual, with b in 4 bits (pack4.ts) and a quantised dynamically.
 *
 * @param bias panels · 8 values, or 0; @param scratch `matmul4Scratch` bytes; other arguments as for `matmul`
 */
export function matmul4(
  a: usize, aStride: i32, b: usize, c: usize, cStride: i32, m: i32, k: i32, n: i32,
  bias: usize, activation: i32, residual: usize, residualStride: i32, scratch: usize,
): void {
  const blocks = blocksOf(k);
  const tileRows = m <= FEW_ROWS ? 1 : fusedDot ? FUSED_TILE_ROWS : UNFUSED_TILE_ROWS;
  const ldc = <usize>cStride << 2, ldr = <usize>residualStride << 2;
  const panels = scratch + FLOATS_BYTES, quantized = panels + <usize>(2 * blocks * UNPACKED_BLOCK_BYTES);
  for (let top = 0; top < m; top += ROW_BLOCK) {
    const rows = min(ROW_BLOCK, m - top);
    const block = c + <usize>top * ldc, add = residual ? residual + <usize>top * ldr : 0;
    quantizeBlocks(a + (<usize>(top * aStride) << 2), aStride, rows, k, tileRows, quantized);
    for (let p = 0; p < n;) {
      const together = panelsTogether(n, p);
      const from = blockAddress4(b, k, p);
      const columns = <usize>p << 2;
      const offset = bias ? bias + columns : 0, plus = add && !activation ? add + columns : 0;
      if (m <= FEW_ROWS && p + 2 * PANEL <= n) {
        vectorRows(quantized, from, blocks, rows, block + columns, ldc, offset, plus, ldr);
        p += 2 * PANEL;
        continue;
      }
      unpackPanels(from, together, blocks, panels);
      if (WIDE && p + 2 * PANEL <= n) {
        rowTiles16(quantized, panels, blocks, rows, tileRows, block + columns, ldc, offset, plus, ldr, scratch);
        p += 2 * PANEL;
        continue;
      }
      for (let q = 0; q < together; q++) {
        const at = <usize>p << 2;
        rowTiles(
          quantized, panels + <usize>(q * blocks * UNPACKED_BLOCK_BYTES), blocks, rows, tileRows, block + at, ldc, min(PANEL, n - p),
          bias ? bias + at : 0, add && !activation ? add + at : 0, ldr,
        );
        p += PANEL;
      }
    }
    if (activation) {
      activate(block, cStride, block, cStride, rows, n, activation);
      if (residual) addRows(block, ldc, add, ldr, rows, n);
    }
  }
}

/** All rows times the columns of one panel, of which `width` are in c. */
function rowTiles(
  a: usize, panel: usize, blocks: i32, rows: i32, tileRows: i32, c: usize, ldc: usize, width: i32, bias: usize, residual: usize, ldr: usize,
): void {
  const whole = width == PANEL;
  for (let i = 0, count = 0; i < rows; i += count) {
    count = tileRows4(rows - i, tileRows);
    rowTile4(count, a, panel, blocks, whole ? c : edge, whole ? ldc : 32, bias, whole ? residual : 0, ldr);
    if (!whole) {
      if (residual) addRows(edge, 32, residual, ldr, count, width);
      copyRows(edge, 32, c, ldc, count, width);
    }
    a += <usize>(count * blocks * ACTIVATION_BLOCK_BYTES);
    c += <usize>count * ldc;
    if (residual) residual += <usize>count * ldr;
  }
}

/** Each of a few rows times 16 channels. */
function vectorRows(
  a: usize, b: usize, blocks: i32, rows: i32, c: usize, ldc: usize, bias: usize, residual: usize, ldr: usize,
): void {
  for (; rows > 0; rows--) {
    if (ASC_FEATURE_RELAXED_SIMD && !fusedDot) vector4<Unfused>(a, b, blocks, c, bias, residual);
    else vector4<Fused>(a, b, blocks, c, bias, residual);
    a += <usize>(blocks * ACTIVATION_BLOCK_BYTES);
    c += ldc;
    if (residual) residual += ldr;
  }
}

function rowTile4(
  rows: i32, a: usize, panel: usize, blocks: i32, c: usize, ldc: usize, bias: usize, residual: usize, ldr: usize,
): void {
  if (ASC_FEATURE_RELAXED_SIMD && !fusedDot) {
    switch (rows) {
      case 4: tile4<Rows4, Unfused>(a, panel, blocks, c, ldc, bias, residual, ldr); break;
      case 2: tile4<Rows2, Unfused>(a, panel, blocks, c, ldc, bias, residual, ldr); break;
      default: tile4<Rows1, Unfused>(a, panel, blocks, c, ldc, bias, residual, ldr); break;
    }
    return;
  }
  switch (rows) {
    case 6: if (FUSED_TILE_ROWS == 6) tile4<Rows6, Fused>(a, panel, blocks, c, ldc, bias, residual, ldr); break;
    case 5: if (FUSED_TILE_ROWS == 5) tile4<Rows5, Fused>(a, panel, blocks, c, ldc, bias, residual, ldr); break;
    case 4: tile4<Rows4, Fused>(a, panel, blocks, c, ldc, bias, residual, ldr); break;
    case 2: tile4<Rows2, Fused>(a, panel, blocks, c, ldc, bias, residual, ldr); break;
    default: tile4<Rows1, Fused>(a, panel, blocks, c, ldc, bias, residual, ldr); break;
  }
}

/** All rows times the columns of two panels. */
function rowTiles16(
  a: usize, panels: usize, blocks: i32, rows: i32, tileRows: i32, c: usize, ldc: usize, bias: usize, residual: usize, ldr: usize,
  floats: usize,
): void {
  const plus = residual ? residual : NEGATIVE_ZEROS, step = residual ? ldr : 0;
  for (let i = 0, count = 0; i < rows; i += count) {
    count = tileRows4(rows - i, tileRows);
    rowTile4x16(count, a, panels, blocks, c, ldc, bias ? bias : NEGATIVE_ZEROS, plus + <usize>i * step, step, floats);
    a += <usize>(count * blocks * ACTIVATION_BLOCK_BYTES);
    c += <usize>count * ldc;
  }
}

function rowTile4x16(
  rows: i32, a: usize, panel: usize, blocks: i32, c: usize, ldc: usize, bias: usize, residual: usize, ldr: usize, floats: usize,
): void {
  const next = panel + <usize>(blocks * UNPACKED_BLOCK_BYTES);
  if (ASC_FEATURE_RELAXED_SIMD && !fusedDot) {
    switch (rows) {
      case 4: tile4x16<Rows4, Unfused>(a, panel, next, blocks, c, ldc, bias, residual, ldr, floats); break;
      case 2: tile4x16<Rows2, Unfused>(a, panel, next, blocks, c, ldc, bias, residual, ldr, floats); break;
      default: tile4x16<Rows1, Unfused>(a, panel, next, blocks, c, ldc, bias, residual, ldr, floats); break;
    }
    return;
  }
  switch (rows) {
    case 5: tile4x16<Rows5, Fused>(a, panel, next, blocks, c, ldc, bias, residual, ldr, floats); break;
    case 4: tile4x16<Rows4, Fused>(a, panel, next, blocks, c, ldc, bias, residual, ldr, floats); break;
    case 2: tile4x16<Rows2, Fused>(a, panel, next, blocks, c, ldc, bias, residual, ldr, floats); break;
    default: tile4x16<Rows1, Fused>(a, panel, next, blocks, c, ldc, bias, residual, ldr, floats); break;
  }
}
