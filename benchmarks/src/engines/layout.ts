/** `[a, b, size]` to `[b, a, size]`: head-major to token-major rows, and back. */
export function swapOuterAxes(x: Float32Array, a: number, b: number): Float32Array {
  const size = x.length / (a * b);
  const out = new Float32Array(x.length);
  for (let i = 0; i < a; i++) {
    for (let j = 0; j < b; j++) {
      out.set(x.subarray((i * b + j) * size, (i * b + j + 1) * size), (j * a + i) * size);
    }
  }
  return out;
}

/** Rows and columns that are turned together: what both sides of a square of them touch fits into the caches. */
const square = 32;

/** The transpose of `x[rows, columns]`. */
export function transpose(x: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(x.length);
  for (let top = 0; top < rows; top += square) {
    const bottom = Math.min(top + square, rows);
    for (let left = 0; left < columns; left += square) {
      const right = Math.min(left + square, columns);
      for (let i = top; i < bottom; i++) {
        for (let j = left; j < right; j++) out[j * rows + i] = x[i * columns + j]!;
      }
    }
  }
  return out;
}

/** Rows of two matrices, `width` values each, side by side. */
export function sideBySide(left: Float32Array, right: Float32Array, width: number): Float32Array {
  const out = new Float32Array(left.length + right.length);
  for (let from = 0; from < left.length; from += width) {
    out.set(left.subarray(from, from + width), 2 * from);
    out.set(right.subarray(from, from + width), 2 * from + width);
  }
  return out;
}
