/** out = x + y for n values. `out` may be x or y. */
export function add(x: usize, y: usize, out: usize, n: i32): void {
  const end = x + (<usize>(n & ~3) << 2);
  while (x < end) {
    v128.store(out, f32x4.add(v128.load(x), v128.load(y)));
    x += 16;
    y += 16;
    out += 16;
  }
  for (let i = n & 3; i > 0; i--) {
    f32.store(out, f32.load(x) + f32.load(y));
    x += 4;
    y += 4;
    out += 4;
  }
}

/** out = x · factor for n values. `out` may be x. */
export function scale(x: usize, out: usize, n: i32, factor: f32): void {
  const factors = f32x4.splat(factor);
  const end = x + (<usize>(n & ~3) << 2);
  while (x < end) {
    v128.store(out, f32x4.mul(v128.load(x), factors));
    x += 16;
    out += 16;
  }
  for (let i = n & 3; i > 0; i--) {
    f32.store(out, f32.load(x) * factor);
    x += 4;
    out += 4;
  }
}

/**
 * to[rows, n] = from[rows, n]. Strides are in elements. The two may overlap if their strides are equal (parts of one matrix);
 * the copy is then as if through a buffer.
 */
export function copyRows(from: usize, fromStride: i32, to: usize, toStride: i32, rows: i32, n: i32): void {
  const bytes = <usize>n << 2;
  if (fromStride == n && toStride == n) {
    memory.copy(to, from, bytes * <usize>rows);
    return;
  }
  let down = <isize>fromStride << 2, across = <isize>toStride << 2;
  if (to > from) {
    from += <usize>(rows - 1) * <usize>down;
    to += <usize>(rows - 1) * <usize>across;
    down = -down;
    across = -across;
  }
  for (let r = 0; r < rows; r++) {
    memory.copy(to, from, bytes);
    from += <usize>down;
    to += <usize>across;
  }
}
