import { add } from './elementwise';

/**
 * out[i] (+)= table[ids[i] − first] for each row of out[count, width]. An id outside [first, first + rows) gives zeros (or
 * leaves the row unchanged with `accumulate`): the results of a table sharded by vocabulary sum to the whole.
 */
export function gather(table: usize, first: i32, rows: i32, width: i32, ids: usize, count: i32, out: usize, accumulate: bool): void {
  const bytes = <usize>width << 2;
  for (let i = 0; i < count; i++) {
    const row = i32.load(ids + (<usize>i << 2)) - first;
    if (<u32>row < <u32>rows) {
      const from = table + <usize>row * bytes;
      if (accumulate) add(out, from, out, width);
      else memory.copy(out, from, bytes);
    } else if (!accumulate) {
      memory.fill(out, 0, bytes);
    }
    out += bytes;
  }
}

/** out[width] = mean over the rows of x[rows, width]; zeros if rows is 0. */
export function meanRows(x: usize, stride: i32, rows: i32, width: i32, out: usize): void {
  memory.fill(out, 0, <usize>width << 2);
  for (let r = 0; r < rows; r++) {
    add(out, x, out, width);
    x += <usize>stride << 2;
  }
  if (!rows) return;
  const factor = <f32>1 / <f32>rows;
  for (let i: usize = 0; i < <usize>width << 2; i += 4) f32.store(out + i, f32.load(out + i) * factor);
}
