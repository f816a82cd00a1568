import { copyRows, edge } from '../../matmul/edge';
import { rowTile } from '../../matmul/matmul';
import { PANEL, tileRows } from '../../matmul/rows';

// Products of blocks that fit in the processor's first-level cache. In a block that a mask cuts, query i sees only the keys of a band,
// i − low … i + high, and a key only the queries of a band. What is outside of the band of a whole tile of rows is left out.

/** Low and high of a block that no mask cuts. Larger than any block, and small enough to be added to. */
// @ts-ignore: decorator
@inline
export const UNLIMITED: i32 = 0x3fff_ffff;

/**
 * c[m, n] (+)= a[m, k] · b[k, n], summed over the band of each tile of rows: a must be zero outside of the bands of its rows. Nothing outside
 * the m rows and n columns of c is read or written.
 *
 * @param a element (row, i) is at a + row · lda + i · step (bytes): with lda = 4, a is the transpose of a matrix whose rows are `step` apart
 * @param b packed in panels (matmul/pack.ts)
 * @param ldc bytes between rows of c
 * @param low the band of row r is r − low … r + high
 */
export function bandSum(
  a: usize, lda: usize, step: usize, b: usize, c: usize, ldc: usize, m: i32, k: i32, n: i32, accumulate: bool, low: i32, high: i32,
): void {
  const panelBytes = <usize>k << 5;
  for (let i = 0, rows = 0; i < m; i += rows) {
    rows = tileRows(m - i);
    const first = min(k, max(0, i - low)), end = max(first, min(k, i + rows + high));
    const from = a + <usize>first * step;
    let panel = b + (<usize>first << 5), to = c;
    let left = n;
    for (; left >= PANEL; left -= PANEL) {
      rowTile(rows, from, lda, step, panel, end - first, to, ldc, accumulate, 0, 0, 0);
      panel += panelBytes;
      to += 32;
    }
    if (left) {
      if (accumulate) copyRows(to, ldc, edge, 32, rows, left);
      rowTile(rows, from, lda, step, panel, end - first, edge, 32, accumulate, 0, 0, 0);
      copyRows(edge, 32, to, ldc, rows, left);
    }
    a += <usize>rows * lda;
    c += <usize>rows * ldc;
  }
}

/** `bandSum` without a band. */
export function product(
  a: usize, lda: usize, step: usize, b: usize, c: usize, ldc: usize, m: i32, k: i32, n: i32, accumulate: bool,
): void {
  bandSum(a, lda, step, b, c, ldc, m, k, n, accumulate, UNLIMITED, UNLIMITED);
}

/**
 * c[m, n] = a[m, k] · b[k, n] in the band of each tile of rows, rounded to panels. The rest of c is left as it is.
 *
 * @param n a multiple of 8
 * @param low the band of row r is the columns r − low … r + high
 */
export function bandColumns(
  a: usize, lda: usize, b: usize, c: usize, ldc: usize, m: i32, k: i32, n: i32, low: i32, high: i32,
): void {
  const panelBytes = <usize>k << 5;
  for (let i = 0, rows = 0; i < m; i += rows) {
    rows = tileRows(m - i);
    const first = max(0, i - low) / PANEL, end = min(n, i + rows + high + PANEL - 1) / PANEL;
    let panel = b + <usize>first * panelBytes, to = c + (<usize>first << 5);
    for (let p = first; p < end; p++) {
      rowTile(rows, a, lda, 4, panel, k, to, ldc, false, 0, 0, 0);
      panel += panelBytes;
      to += 32;
    }
    a += <usize>rows * lda;
    c += <usize>rows * ldc;
  }
}
