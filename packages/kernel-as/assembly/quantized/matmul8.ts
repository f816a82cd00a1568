import { activate } from '../activation';
import { addRows, copyRows, edge } from '../matmul/edge';
import { GROUP_BYTES } from '../matmul/matmul';
import { Rows1, Rows2, Rows3, Rows4, Rows5, Rows6, TILE_ROWS } from '../matmul/rows';
import { NEGATIVE_ZEROS } from '../matmul/tile16';
import { WIDE } from '../width';
import { quantizeRows } from './activations';
import { Fused, fusedDot, Unfused } from './dot8';
import { ACTIVATION_BYTES, paddedDepth, PANEL, panel8Bytes, panelsTogether, RUN, run8Bytes, runsOf } from './format';
import { panelAddress8, scalesAddress8 } from './pack8';
import { tile8, tile8x16, vector8 } from './tile8';

/** Rows of a tile with fused dot products: those of 256 bits take one more register. */
// @ts-ignore: decorator
@inline
export const FUSED_TILE_ROWS: i32 = WIDE ? 5 : TILE_ROWS;

/** Rows of a tile with unfused dot products, which need two more registers. */
const UNFUSED_TILE_ROWS: i32 = 4;

/** Rows that are quantised at a time. */
const ROW_BLOCK: i32 = FUSED_TILE_ROWS * 16;

/** Bytes of the f32 sums of a tile of two panels. */
// @ts-ignore: decorator
@inline
const FLOATS_BYTES: i32 = WIDE ? FUSED_TILE_ROWS * 64 : 0;

/** Bytes of scratch memory for `matmul8`. */
export function matmul8Scratch(k: i32): usize {
  return <usize>(ROW_BLOCK * (paddedDepth(k) * ACTIVATION_BYTES + 8 * runsOf(k)) + FLOATS_BYTES);
}

/**
 * c[m, n] = f(a[m, k] · b[k, n] + bias) + residual, with b in 8 bits (pack8.ts) and a quantised dynamically.
 *
 * @param bias panels · 8 values, or 0; @param scratch `matmul8Scratch` bytes; other arguments as for `matmul`
 */
export function matmul8(
  a: usize, aStride: i32, b: usize, c: usize, cStride: i32, m: i32, k: i32, n: i32,
  bias: usize, activation: i32, residual: usize, residualStride: i32, scratch: usize,
): void {
  const depth = paddedDepth(k);
  const tileRows = fusedDot ? FUSED_TILE_ROWS : UNFUSED_TILE_ROWS;
  const ldc = <usize>cStride << 2, ldr = <usize>residualStride << 2;
  const lda = <usize>(depth * ACTIVATION_BYTES);
  const rowScales = scratch + FLOATS_BYTES;
  const ldq = <usize>runsOf(k) << 2;
  const zeros = rowScales + <usize>ROW_BLOCK * ldq;
  const quantized = zeros + <usize>ROW_BLOCK * ldq;
  const tileResidual: usize = activation ? 0 : residual;
  // Bytes of a full run, and of the first and the last one.
  const fullRun = <usize>run8Bytes(RUN), firstRun = <usize>run8Bytes(min(RUN, depth));
  const lastRun = <usize>run8Bytes(depth - (runsOf(k) - 1) * RUN);
  // Long streams from memory: see `GROUP_BYTES`.
  const group = max(1, (GROUP_BYTES / panel8Bytes(k) + 1) / 2) * 2 * PANEL;
  for (let top = 0; top < m; top += ROW_BLOCK) {
    const rows = min(ROW_BLOCK, m - top);
    const block = c + <usize>top * ldc;
    quantizeRows(a + (<usize>(top * aStride) << 2), aStride, rows, k, depth, tileRows, quantized, rowScales, zeros);
    for (let p = 0; p < n; p += group) {
      const stop = min(n, p + group);
      for (let i = 0; i < rows; i += tileRows) {
        const count = min(tileRows, rows - i);
        const at = <usize>i;
        for (let q = p; q < stop; q += PANEL) {
          const columns = <usize>q << 2;
          const together = panelsTogether(n, q), index = (q / PANEL) & 1;
          const panels = panelAddress8(b, k, q);
          const left = min(PANEL, n - q);
          const to = block + at * ldc + columns;
          const add = tileResidual ? tileResidual + (<usize>top + at) * ldr + columns : 0;
          const offset = bias ? bias + columns : 0;
          if (count == 1 && q + 2 * PANEL <= stop) {
            rowVector8(quantized + at * lda, panels, depth, to, rowScales + at * ldq, zeros + at * ldq, offset, add);
            q += PANEL;
            continue;
          }
          if (WIDE && q + 2 * PANEL <= stop) {
            rowTile8x16(
              count, quantized + at * lda, panels, depth, to, ldc, rowScales + at * ldq, zeros + at * ldq, ldq,
              bias ? offset : NEGATIVE_ZEROS, add ? add : NEGATIVE_ZEROS, add ? ldr : 0, scratch,
            );
            q += PANEL;
            continue;
          }
          const whole = left == PANEL;
          rowTile8(
            count, quantized + at * lda, panels + (index ? firstRun : 0), together == 2 ? fullRun : 0,
            together == 1 ? 0 : index ? lastRun : fullRun, depth,
            scalesAddress8(panels, together, index, k), whole ? to : edge, whole ? ldc : 32,
            rowScales + at * ldq, zeros + at * ldq, ldq, offset, whole ? add : 0, ldr,
          );
          if (!whole) {
            if (add) addRows(edge, 32, add, ldr, count, left);
            copyRows(edge, 32, to, ldc, count, left);
          }
        }
      }
    }
    if (activation) {
      activate(block, cStride, block, cStride, rows, n, activation);
      if (residual) addRows(block, ldc, residual + <usize>top * ldr, ldr, rows, n);
    }
  }
}

function rowVector8(
  a: usize, panel: usize, depth: i32, c: usize, scales: usize, zeros: usize, bias: usize, residual: usize,
): void {
  if (ASC_FEATURE_RELAXED_SIMD && !fusedDot) vector8<Unfused>(a, panel, depth, c, scales, zeros, bias, residual);
  else vector8<Fused>(a, panel, depth, c, scales, zeros, bias, residual);
}

function rowTile8(
  rows: i32, a: usize, panel: usize, gap: usize, lastGap: usize, depth: i32, scales: usize, c: usize, ldc: usize,
  rowScales: usize, zeros: usize, ldq: usize, bias: usize, residual: usize, ldr: usize,
): void {
  if (ASC_FEATURE_RELAXED_SIMD && !fusedDot) {
    switch (rows) {
      case 4: tile8<Rows4, Unfused>(a, panel, gap, lastGap, depth, scales, c, ldc, rowScales, zeros, ldq, bias, residual, ldr); break;
      case 3: tile8<Rows3, Unfused>(a, panel, gap, lastGap, depth, scales, c, ldc, rowScales, zeros, ldq, bias, residual, ldr); break;
      case 2: tile8<Rows2, Unfused>(a, panel, gap, lastGap, depth, scales, c, ldc, rowScales, zeros, ldq, bias, residual, ldr); break;
      default: tile8<Rows1, Unfused>(a, panel, gap, lastGap, depth, scales, c, ldc, rowScales, zeros, ldq, bias, residual, ldr); break;
    }
    return;
  }
  switch (rows) {
    case 6: if (FUSED_TILE_ROWS == 6) tile8<Rows6, Fused>(a, panel, gap, lastGap, depth, scales, c, ldc, rowScales, zeros, ldq, bias, residual, ldr); break;
    case 5: tile8<Rows5, Fused>(a, panel, gap, lastGap, depth, scales, c, ldc, rowScales, zeros, ldq, bias, residual, ldr); break;
    case 4: tile8<Rows4, Fused>(a, panel, gap, lastGap, depth, scales, c, ldc, rowScales, zeros, ldq, bias, residual, ldr); break;
    case 3: tile8<Rows3, Fused>(a, panel, gap, lastGap, depth, scales, c, ldc, rowScales, zeros, ldq, bias, residual, ldr); break;
    case 2: tile8<Rows2, Fused>(a, panel, gap, lastGap, depth, scales, c, ldc, rowScales, zeros, ldq, bias, residual, ldr); break;
    default: tile8<Rows1, Fused>(a, panel, gap, lastGap, depth, scales, c, ldc, rowScales, zeros, ldq, bias, residual, ldr); break;
  }
}

function rowTile8x16(
  rows: i32, a: usize, panel: usize, depth: i32, c: usize, ldc: usize, rowScales: usize, zeros: usize, ldq: usize, bias: usize,
  residual: usize, ldr: usize, floats: usize,
): void {
  if (ASC_FEATURE_RELAXED_SIMD && !fusedDot) {
    switch (rows) {
      case 4: tile8x16<Rows4, Unfused>(a, panel, depth, c, ldc, rowScales, zeros, ldq, bias, residual, ldr, floats); break;
      case 3: tile8x16<Rows3, Unfused>(a, panel, depth, c, ldc, rowScales, zeros, ldq, bias, residual, ldr, floats); break;
      case 2: tile8x16<Rows2, Unfused>(a, panel, depth, c, ldc, rowScales, zeros, ldq, bias, residual, ldr, floats); break;
      default: tile8x16<Rows1, Unfused>(a, panel, depth, c, ldc, rowScales, zeros, ldq, bias, residual, ldr, floats); break;
    }
    return;
  }
  switch (rows) {
    case 5: tile8x16<Rows5, Fused>(a, panel, depth, c, ldc, rowScales, zeros, ldq, bias, residual, ldr, floats); break;
    case 4: tile8x16<Rows4, Fused>(a, panel, depth, c, ldc, rowScales, zeros, ldq, bias, residual, ldr, floats); break;
    case 3: tile8x16<Rows3, Fused>(a, panel, depth, c, ldc, rowScales, zeros, ldq, bias, residual, ldr, floats); break;
    case 2: tile8x16<Rows2, Fused>(a, panel, depth, c, ldc, rowScales, zeros, ldq, bias, residual, ldr, floats); break;
    default: tile8x16<Rows1, Fused>(a, panel, depth, c, ldc, rowScales, zeros, ldq, bias, residual, ldr, floats); break;
  }
}
