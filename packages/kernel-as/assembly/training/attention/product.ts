import { copyRows, edge } from '../../matmul/edge';
import { PANEL, Rows1, Rows2, Rows3, Rows4, Rows5, Rows6, TILE_ROWS, tileRows } from '../../matmul/rows';
import { tile } from '../../matmul/tile';

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
      rowTile(rows, a, lda, step, panel, k, to, ldc, accumulate);
      panel += panelBytes;
      to += 32;
    }
    if (left) {
      if (accumulate) copyRows(to, ldc, edge, 32, rows, left);
      rowTile(rows, a, lda, step, panel, k, edge, 32, accumulate);
      copyRows(edge, 32, to, ldc, rows, left);
    }
    a += <usize>rows * lda;
    c += <usize>rows * ldc;
  }
}

function rowTile(
  rows: i32, a: usize, lda: usize, step: usize, panel: usize, k: i32, c: usize, ldc: usize, accumulate: bool,
): void {
  switch (rows) {
    case 6: if (TILE_ROWS == 6) tile<Rows6>(a, lda, step, panel, k, c, ldc, accumulate, 0, 0, 0); break;
    case 5: tile<Rows5>(a, lda, step, panel, k, c, ldc, accumulate, 0, 0, 0); break;
    case 4: tile<Rows4>(a, lda, step, panel, k, c, ldc, accumulate, 0, 0, 0); break;
    case 3: tile<Rows3>(a, lda, step, panel, k, c, ldc, accumulate, 0, 0, 0); break;
    case 2: tile<Rows2>(a, lda, step, panel, k, c, ldc, accumulate, 0, 0, 0); break;
    default: tile<Rows1>(a, lda, step, panel, k, c, ldc, accumulate, 0, 0, 0); break;
  }
}
