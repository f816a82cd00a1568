import { activate } from '../activation';
import { addRows, copyRows, edge } from './edge';
import { PANEL, Rows1, Rows2, Rows3, Rows4, Rows5, Rows6, TILE_ROWS } from './rows';
import { tile } from './tile';
import { vectorPanels } from './vector';

/** Rows that share one pass over a panel of B: their part of A stays in the second-level cache meanwhile. */
const ROW_BLOCK: i32 = TILE_ROWS * 32;

/**
 * c[m, n] (+)= f(a[m, k] · b[k, n] + bias) + residual, with b packed in panels (pack.ts).
 *
 * Strides are in elements and at least the row's width. Nothing outside the given rows and columns is read or written,
 * but bias must hold whole panels (the loader pads it). k = 0 gives f(bias) + residual.
 *
 * @param bias panels · 8 values, or 0
 * @param activation a code of activation.ts
 * @param residual [m, n], or 0; may be c itself where there is no activation
 * @param accumulate add to what c holds; not together with an activation
 */
export function matmul(
  a: usize, aStride: i32, b: usize, c: usize, cStride: i32, m: i32, k: i32, n: i32,
  bias: usize, activation: i32, residual: usize, residualStride: i32, accumulate: bool,
): void {
  const lda = <usize>aStride << 2, ldc = <usize>cStride << 2, ldr = <usize>residualStride << 2;
  // With an activation the residual joins after it, in a second look at the tile while that is still in the first-level cache.
  const early: usize = activation ? 0 : residual;
  const whole = n & ~(PANEL - 1);
  for (let top = 0; top < m; top += ROW_BLOCK) {
    const bottom = min(m, top + ROW_BLOCK);
    let p = 0;
    if (bottom - top == 1) {
      const row = <usize>top;
      for (; p + 4 * PANEL <= n; p += 4 * PANEL) {
        const columns = <usize>p << 2;
        vectorPanels(
          a + row * lda, b + columns * <usize>k, k, c + row * ldc + columns, accumulate,
          bias ? bias + columns : 0, early ? early + row * ldr + columns : 0,
        );
        if (activation) {
          finish(c + row * ldc + columns, cStride, 1, 4 * PANEL, activation, residual ? residual + row * ldr + columns : 0, ldr);
        }
      }
    }
    for (; p < whole; p += PANEL) {
      const columns = <usize>p << 2;
      const panel = b + columns * <usize>k;
      for (let i = top; i < bottom; i += TILE_ROWS) {
        const rows = min(TILE_ROWS, bottom - i);
        const to = c + <usize>i * ldc + columns;
        rowTile(
          rows, a + <usize>i * lda, lda, panel, k, to, ldc, accumulate,
          bias ? bias + columns : 0, early ? early + <usize>i * ldr + columns : 0, ldr,
        );
        if (activation) finish(to, cStride, rows, PANEL, activation, residual ? residual + <usize>i * ldr + columns : 0, ldr);
      }
    }
    if (p < n) {
      const columns = <usize>p << 2;
      const panel = b + columns * <usize>k;
      const width = n - p;
      for (let i = top; i < bottom; i += TILE_ROWS) {
        const rows = min(TILE_ROWS, bottom - i);
        const to = c + <usize>i * ldc + columns;
        if (accumulate) copyRows(to, ldc, edge, 32, rows, width);
        rowTile(rows, a + <usize>i * lda, lda, panel, k, edge, 32, accumulate, bias ? bias + columns : 0, 0, 0);
        if (activation) activate(edge, PANEL, edge, PANEL, rows, PANEL, activation);
        if (residual) addRows(edge, 32, residual + <usize>i * ldr + columns, ldr, rows, width);
        copyRows(edge, 32, to, ldc, rows, width);
      }
    }
  }
}

function rowTile(
  rows: i32, a: usize, lda: usize, panel: usize, k: i32, c: usize, ldc: usize, accumulate: bool,
  bias: usize, residual: usize, ldr: usize,
): void {
  switch (rows) {
    case 6: if (TILE_ROWS == 6) tile<Rows6>(a, lda, panel, k, c, ldc, accumulate, bias, residual, ldr); break;
    case 5: tile<Rows5>(a, lda, panel, k, c, ldc, accumulate, bias, residual, ldr); break;
    case 4: tile<Rows4>(a, lda, panel, k, c, ldc, accumulate, bias, residual, ldr); break;
    case 3: tile<Rows3>(a, lda, panel, k, c, ldc, accumulate, bias, residual, ldr); break;
    case 2: tile<Rows2>(a, lda, panel, k, c, ldc, accumulate, bias, residual, ldr); break;
    default: tile<Rows1>(a, lda, panel, k, c, ldc, accumulate, bias, residual, ldr); break;
  }
}

/** What follows an activated tile: c[rows, width] = f(c) + residual. */
function finish(c: usize, cStride: i32, rows: i32, width: i32, activation: i32, residual: usize, ldr: usize): void {
  activate(c, cStride, c, cStride, rows, width, activation);
  if (residual) addRows(c, <usize>cStride << 2, residual, ldr, rows, width);
}
