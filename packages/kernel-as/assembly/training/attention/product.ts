import { copyRows, edge } from '../../matmul/edge';
import { rowTile } from '../../matmul/matmul';
import { PANEL, tileRows } from '../../matmul/rows';

/**
 * c[m, n] (+)= a[m, k] · b[k, n] for blocks that fit in the processor's first-level cache. Nothing outside the m rows and n columns of c is
 * read or written.
 *
 * @param a element (row, i) is at a + row · lda + i · step (bytes): with lda = 4, a is the transpose of a matrix whose rows are `step` apart
 * @param b packed in panels (matmul/pack.ts)
 * @param ldc bytes between rows of c
 */
export function product(
  a: usize, lda: usize, step: usize, b: usize, c: usize, ldc: usize, m: i32, k: i32, n: i32, accumulate: bool,
): void {
  const panelBytes = <usize>k << 5;
  for (let i = 0, rows = 0; i < m; i += rows) {
    rows = tileRows(m - i);
    let panel = b, to = c;
    let left = n;
    for (; left >= PANEL; left -= PANEL) {
      rowTile(rows, a, lda, step, panel, k, to, ldc, accumulate, 0, 0, 0);
      panel += panelBytes;
      to += 32;
    }
    if (left) {
      if (accumulate) copyRows(to, ldc, edge, 32, rows, left);
      rowTile(rows, a, lda, step, panel, k, edge, 32, accumulate, 0, 0, 0);
      copyRows(edge, 32, to, ldc, rows, left);
    }
    a += <usize>rows * lda;
    c += <usize>rows * ldc;
  }
}
