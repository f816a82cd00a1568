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

/** The transpose of `x[rows, columns]`. */
export function transpose(x: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(x.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) out[j * rows + i] = x[i * columns + j]!;
  }
  return out;
}
