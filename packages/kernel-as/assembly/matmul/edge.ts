/** Buffer for a tile of the last, partly filled panel, from which the valid columns are copied. */
export const edge = memory.data(6 * 32, 16);

/** to[rows, width] += from[rows, width]. `ldt` and `ldf` are bytes between rows. */
export function addRows(to: usize, ldt: usize, from: usize, ldf: usize, rows: i32, width: i32): void {
  for (let r = 0; r < rows; r++) {
    for (let j: usize = 0; j < <usize>width << 2; j += 4) f32.store(to + j, f32.load(to + j) + f32.load(from + j));
    to += ldt;
    from += ldf;
  }
}

/** to[rows, width] = from[rows, width]. `ldf` and `ldt` are bytes between rows. */
export function copyRows(from: usize, ldf: usize, to: usize, ldt: usize, rows: i32, width: i32): void {
  for (let r = 0; r < rows; r++) {
    for (let j: usize = 0; j < <usize>width << 2; j += 4) f32.store(to + j, f32.load(from + j));
    from += ldf;
    to += ldt;
  }
}
