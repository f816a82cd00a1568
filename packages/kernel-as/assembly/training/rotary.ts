import { fma, fnma } from '../simd';
import { addScaled } from './elementwise';

/** Pairs (i, i + half) of one head: (a, b) += (da · cos + db · sin, db · cos − da · sin). */
function rotateHalvesBack(from: usize, to: usize, cosines: usize, half: i32): void {
  const bytes = <usize>half << 2;
  const sines = cosines + bytes;
  let i: usize = 0;
  for (const end = <usize>(half & ~3) << 2; i < end; i += 16) {
    const a = v128.load(from + i), b = v128.load(from + i + bytes);
    const c = v128.load(cosines + i), s = v128.load(sines + i);
    v128.store(to + i, f32x4.add(v128.load(to + i), fma(b, s, f32x4.mul(a, c))));
    v128.store(to + i + bytes, f32x4.add(v128.load(to + i + bytes), fnma(a, s, f32x4.mul(b, c))));
  }
  for (; i < bytes; i += 4) {
    const a = f32.load(from + i), b = f32.load(from + i + bytes);
    const c = f32.load(cosines + i), s = f32.load(sines + i);
    f32.store(to + i, f32.load(to + i) + (a * c + b * s));
    f32.store(to + i + bytes, f32.load(to + i + bytes) + (b * c - a * s));
  }
}

/** Pairs (2i, 2i + 1) of one head, two pairs at a time. */
function rotateNeighboursBack(from: usize, to: usize, cosines: usize, half: i32): void {
  const sines = cosines + (<usize>half << 2);
  const signs = f32x4(1, -1, 1, -1);
  let i: usize = 0;
  for (const end = <usize>(half & ~1) << 2; i < end; i += 8) {
    const x = v128.load(from + 2 * i);
    const c = v128.load64_zero(cosines + i), s = v128.load64_zero(sines + i);
    const cc = v128.shuffle<f32>(c, c, 0, 0, 1, 1);
    const ss = f32x4.mul(v128.shuffle<f32>(s, s, 0, 0, 1, 1), signs);
    const turned = fma(v128.shuffle<f32>(x, x, 1, 0, 3, 2), ss, f32x4.mul(x, cc));
    v128.store(to + 2 * i, f32x4.add(v128.load(to + 2 * i), turned));
  }
  if (half & 1) {
    const a = f32.load(from + 2 * i), b = f32.load(from + 2 * i, 4);
    const c = f32.load(cosines + i), s = f32.load(sines + i);
    f32.store(to + 2 * i, f32.load(to + 2 * i) + (a * c + b * s));
    f32.store(to + 2 * i, f32.load(to + 2 * i, 4) + (b * c - a * s), 4);
  }
}

/**
 * The gradient of `rotary`: dx += dy rotated by the negative angles. Features of a head after the first 2 · half are added as they are.
 * Arguments are as for `rotary`.
 *
 * @param dy [rows, heads · headDim]; @param dx the same shape
 */
export function rotaryGradient(
  dy: usize, dyStride: i32, dx: usize, dxStride: i32, positions: usize, table: usize, rows: i32, heads: i32, headDim: i32, half: i32,
  interleaved: bool,
): void {
  const head = <usize>headDim << 2;
  const rotated = <usize>half << 3;
  for (let r = 0; r < rows; r++) {
    const cosines = table + <usize>i32.load(positions + (<usize>r << 2)) * rotated;
    for (let h = 0; h < heads; h++) {
      const at = <usize>h * head;
      const from = dy + at, to = dx + at;
      if (interleaved) rotateNeighboursBack(from, to, cosines, half);
      else rotateHalvesBack(from, to, cosines, half);
      addScaled(from + rotated, 0, to + rotated, 0, 1, headDim - 2 * half, 1);
    }
    dy += <usize>dyStride << 2;
    dx += <usize>dxStride << 2;
  }
}
