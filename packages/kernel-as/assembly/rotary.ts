import { fma, fnma } from './simd';

/** Pairs (i, i + half) of one head: (a, b) ← (a · cos − b · sin, b · cos + a · sin). */
function rotateHalves(from: usize, to: usize, cosines: usize, half: i32): void {
  const bytes = <usize>half << 2;
  const sines = cosines + bytes;
  let i: usize = 0;
  for (const end = <usize>(half & ~3) << 2; i < end; i += 16) {
    const a = v128.load(from + i), b = v128.load(from + i + bytes);
    const c = v128.load(cosines + i), s = v128.load(sines + i);
    v128.store(to + i, fnma(b, s, f32x4.mul(a, c)));
    v128.store(to + i + bytes, fma(a, s, f32x4.mul(b, c)));
  }
  for (; i < bytes; i += 4) {
    const a = f32.load(from + i), b = f32.load(from + i + bytes);
    const c = f32.load(cosines + i), s = f32.load(sines + i);
    f32.store(to + i, a * c - b * s);
    f32.store(to + i + bytes, b * c + a * s);
  }
}

/** Pairs (2i, 2i + 1) of one head, two pairs at a time. */
function rotateNeighbours(from: usize, to: usize, cosines: usize, half: i32): void {
  const sines = cosines + (<usize>half << 2);
  const signs = f32x4(-1, 1, -1, 1);
  let i: usize = 0;
  for (const end = <usize>(half & ~1) << 2; i < end; i += 8) {
    const x = v128.load(from + 2 * i);
    const c = v128.load64_zero(cosines + i), s = v128.load64_zero(sines + i);
    const cc = v128.shuffle<f32>(c, c, 0, 0, 1, 1);
    const ss = f32x4.mul(v128.shuffle<f32>(s, s, 0, 0, 1, 1), signs);
    v128.store(to + 2 * i, fma(v128.shuffle<f32>(x, x, 1, 0, 3, 2), ss, f32x4.mul(x, cc)));
  }
  if (half & 1) {
    const a = f32.load(from + 2 * i), b = f32.load(from + 2 * i, 4);
    const c = f32.load(cosines + i), s = f32.load(sines + i);
    f32.store(to + 2 * i, a * c - b * s);
    f32.store(to + 2 * i, b * c + a * s, 4);
  }
}

/**
 * Rotary position embedding (Su et al. 2021): rotates pairs of features of each head by angles of the row's position. The first
 * 2 · half features of a head are rotated, the others copied.
 *
 * @param x [rows, heads · headDim]; @param out the same shape. Strides are in elements.
 * @param positions [rows] of i32: the table's row for each row of x
 * @param table [positions, 2 · half] of f32: `half` cosines, then `half` sines
 * @param interleaved pairs are (2i, 2i + 1) if true, (i, i + half) if false
 */
export function rotary(
  x: usize, xStride: i32, out: usize, outStride: i32, positions: usize, table: usize, rows: i32, heads: i32, headDim: i32, half: i32,
  interleaved: bool,
): void {
  const head = <usize>headDim << 2;
  const rotated = <usize>half << 3;
  for (let r = 0; r < rows; r++) {
    const cosines = table + <usize>i32.load(positions + (<usize>r << 2)) * rotated;
    for (let h = 0; h < heads; h++) {
      const at = <usize>h * head;
      const from = x + at, to = out + at;
      if (interleaved) rotateNeighbours(from, to, cosines, half);
      else rotateHalves(from, to, cosines, half);
      memory.copy(to + rotated, from + rotated, head - rotated);
    }
    x += <usize>xStride << 2;
    out += <usize>outStride << 2;
  }
}
