import { tileRows } from './rows';

/**
 * a[rows, k] → out[tile][k][rows of the tile]: the values that a register tile reads for one k are contiguous.
 *
 * @param lda bytes between rows
 */
export function packTiles(a: usize, lda: usize, rows: i32, k: i32, out: usize): void {
  while (rows > 0) {
    const count = tileRows(rows);
    const step = <usize>count << 2;
    let r = 0;
    for (; r + 2 <= count; r += 2) packPair(a + <usize>r * lda, lda, k, out + <usize>(r << 2), step);
    if (r < count) packRow(a + <usize>r * lda, k, out + <usize>(r << 2), step);
    a += <usize>count * lda;
    out += step * <usize>k;
    rows -= count;
  }
}

/** Two rows interleaved: a pair of values every `step` bytes. */
function packPair(a: usize, lda: usize, k: i32, out: usize, step: usize): void {
  const end = a + (<usize>(k & ~3) << 2);
  while (a < end) {
    const x = v128.load(a), y = v128.load(a + lda);
    const low = v128.shuffle<f32>(x, y, 0, 4, 1, 5), high = v128.shuffle<f32>(x, y, 2, 6, 3, 7);
    v128.store64_lane(out, low, 0);
    v128.store64_lane(out + step, low, 1);
    out += step * 2;
    v128.store64_lane(out, high, 0);
    v128.store64_lane(out + step, high, 1);
    out += step * 2;
    a += 16;
  }
  for (let i = k & 3; i > 0; i--) {
    f32.store(out, f32.load(a));
    f32.store(out, f32.load(a + lda), 4);
    a += 4;
    out += step;
  }
}

function packRow(a: usize, k: i32, out: usize, step: usize): void {
  for (const end = a + (<usize>k << 2); a < end; a += 4) {
    f32.store(out, f32.load(a));
    out += step;
  }
}
