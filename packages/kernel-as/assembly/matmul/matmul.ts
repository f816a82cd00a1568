import { activate } from '../activation';
import { WIDE } from '../width';
import { addRows, copyRows, edge } from './edge';
import { packTiles } from './pack-tiles';
import { PANEL, Rows1, Rows2, Rows3, Rows4, Rows5, Rows6, TILE_ROWS, tileRows } from './rows';
import { tile } from './tile';
import { rowTile16 } from './tile16';
import { vectorPanels } from './vector';

/** Rows of A per pass over B: they stay in the second-level cache. */
export const ROW_BLOCK: i32 = TILE_ROWS * 32;

/**
 * Bytes of B that one tile of A is multiplied with before the next tile. The first tile streams them from memory, the others
 * read them from the second-level cache. Hardware prefetching needs long streams: with single panels 16 rows take 1.4 times
 * as long.
 */
export const GROUP_BYTES: i32 = 196608;

/** Panels of a tile. */
// @ts-ignore: decorator
@inline
const TOGETHER: i32 = WIDE ? 2 : 1;

/** Columns of B from which on packing A is faster. */
const PACKED_COLUMNS: i32 = 128;

/**
 * Bytes of scratch memory for `matmul`, into which A is packed so that tiles read one stream instead of one per row. 0 for
 * sizes for which packing is not faster.
 */
export function matmulScratch(m: i32, k: i32, n: i32): usize {
  return m == 1 || n < PACKED_COLUMNS ? 0 : (<usize>min(m, ROW_BLOCK) * <usize>k) << 2;
}

/**
 * c[m, n] (+)= f(a[m, k] · b[k, n] + bias) + residual, with b packed in panels (pack.ts).
 *
 * Strides are in elements. Nothing outside the given rows and columns is read or written, but bias must be padded to whole
 * panels. k = 0 gives f(bias) + residual.
 *
 * @param bias panels · 8 values, or 0
 * @param activation a code of activation.ts
 * @param residual [m, n], or 0; may be c if there is no activation
 * @param scratch `matmulScratch` bytes, or 0: slower, with equal results
 * @param accumulate whether to add to c; not with an activation
 */
export function matmul(
  a: usize, aStride: i32, b: usize, c: usize, cStride: i32, m: i32, k: i32, n: i32,
  bias: usize, activation: i32, residual: usize, residualStride: i32, scratch: usize, accumulate: bool,
): void {
  const lda = <usize>aStride << 2, ldc = <usize>cStride << 2, ldr = <usize>residualStride << 2;
  // With an activation the residual is added after it, in a second pass over the tile in the first-level cache.
  const tileResidual: usize = activation ? 0 : residual;
  const panelBytes = <usize>k << 5;
  let first = 0;
  if (m == 1) {
    for (; first + 4 * PANEL <= n; first += 4 * PANEL) {
      const columns = <usize>first << 2;
      vectorPanels(a, b + columns * <usize>k, k, c + columns, accumulate, bias ? bias + columns : 0, tileResidual ? tileResidual + columns : 0);
      if (activation) activateTile(c + columns, cStride, 1, 4 * PANEL, activation, residual ? residual + columns : 0, ldr);
    }
  }
  const packed = scratch != 0 && matmulScratch(m, k, n) != 0;
  const group = max(1, GROUP_BYTES / (max(1, k) * PANEL * 4 * TOGETHER)) * PANEL * TOGETHER;
  for (let top = 0; top < m; top += ROW_BLOCK) {
    const bottom = min(m, top + ROW_BLOCK);
    if (packed) packTiles(a + <usize>top * lda, lda, bottom - top, k, scratch);
    for (let p = first; p < n; p += group) {
      const stop = min(n, p + group);
      for (let i = top, rows = 0; i < bottom; i += rows) {
        rows = tileRows(bottom - i);
        const tileOfA = packed ? scratch + (<usize>((i - top) * k) << 2) : a + <usize>i * lda;
        const rowBytes = packed ? 4 : lda, step = packed ? <usize>rows << 2 : 4;
        let panel = b + ((<usize>p * <usize>k) << 2);
        for (let q = p; q < stop; q += PANEL) {
          const columns = <usize>q << 2;
          const to = c + <usize>i * ldc + columns;
          const width = min(PANEL, n - q);
          const offset = bias ? bias + columns : 0;
          const add = residual ? residual + <usize>i * ldr + columns : 0;
          if (WIDE && q + 2 * PANEL <= stop) {
            rowTile16(rows, tileOfA, rowBytes, step, panel, panelBytes, k, to, ldc, accumulate, offset, tileResidual ? add : 0, ldr);
            if (activation) activateTile(to, cStride, rows, 2 * PANEL, activation, add, ldr);
            panel += panelBytes;
            q += PANEL;
          } else if (width == PANEL) {
            rowTile(rows, tileOfA, rowBytes, step, panel, k, to, ldc, accumulate, offset, tileResidual ? add : 0, ldr);
            if (activation) activateTile(to, cStride, rows, PANEL, activation, add, ldr);
          } else {
            if (accumulate) copyRows(to, ldc, edge, 32, rows, width);
            rowTile(rows, tileOfA, rowBytes, step, panel, k, edge, 32, accumulate, offset, 0, 0);
            if (activation) activate(edge, PANEL, edge, PANEL, rows, PANEL, activation);
            if (add) addRows(edge, 32, add, ldr, rows, width);
            copyRows(edge, 32, to, ldc, rows, width);
          }
          panel += panelBytes;
        }
      }
    }
  }
}

export function rowTile(
  rows: i32, a: usize, lda: usize, step: usize, panel: usize, k: i32, c: usize, ldc: usize, accumulate: bool,
  bias: usize, residual: usize, ldr: usize,
): void {
  switch (rows) {
    case 6: if (TILE_ROWS == 6) tile<Rows6>(a, lda, step, panel, k, c, ldc, accumulate, bias, residual, ldr); break;
    case 5: tile<Rows5>(a, lda, step, panel, k, c, ldc, accumulate, bias, residual, ldr); break;
    case 4: tile<Rows4>(a, lda, step, panel, k, c, ldc, accumulate, bias, residual, ldr); break;
    case 3: tile<Rows3>(a, lda, step, panel, k, c, ldc, accumulate, bias, residual, ldr); break;
    case 2: tile<Rows2>(a, lda, step, panel, k, c, ldc, accumulate, bias, residual, ldr); break;
    default: tile<Rows1>(a, lda, step, panel, k, c, ldc, accumulate, bias, residual, ldr); break;
  }
}

/** c[rows, width] = f(c) + residual. */
function activateTile(c: usize, cStride: i32, rows: i32, width: i32, activation: i32, residual: usize, ldr: usize): void {
  activate(c, cStride, c, cStride, rows, width, activation);
  if (residual) addRows(c, <usize>cStride << 2, residual, ldr, rows, width);
}
