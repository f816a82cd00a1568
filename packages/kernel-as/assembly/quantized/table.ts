import { halvesToFloats, toHalf } from './half';
import { largest } from './pack8';

// Embedding tables in 8 bits with a scale for each row (all scales after all rows), or in 16-bit floats. Rows are contiguous, and
// padded to a multiple of 8 values.

function paddedWidth(width: i32): usize {
  return <usize>((width + 7) & ~7);
}

export function table8Bytes(rows: i32, width: i32): usize {
  return <usize>rows * (paddedWidth(width) + 4);
}

export function table16Bytes(rows: i32, width: i32): usize {
  return <usize>rows * paddedWidth(width) * 2;
}

/** Packs x[count, width] into the rows `first` to `first + count` of a table of `rows` rows: w ≈ scale · q, |q| ≤ 127. */
export function packTable8(x: usize, rows: i32, width: i32, first: i32, count: i32, table: usize): void {
  const bytes = paddedWidth(width);
  for (let r = first; r < first + count; r++) {
    const scale = largest(x, width) / 127;
    const inverse: f32 = scale > 0 ? <f32>1 / scale : 0;
    const to = table + <usize>r * bytes;
    f32.store(table + <usize>rows * bytes + (<usize>r << 2), scale);
    memory.fill(to, 0, bytes);
    for (let i: usize = 0; i < <usize>width; i++) i32.store8(to + i, <i32>Mathf.round(f32.load(x + (i << 2)) * inverse));
    x += <usize>width << 2;
  }
}

/** As `packTable8`, in 16-bit floats. */
export function packTable16(x: usize, rows: i32, width: i32, first: i32, count: i32, table: usize): void {
  const bytes = paddedWidth(width) * 2;
  for (let r = first; r < first + count; r++) {
    const to = table + <usize>r * bytes;
    memory.fill(to, 0, bytes);
    for (let i: usize = 0; i < <usize>width; i++) i32.store16(to + (i << 1), toHalf(f32.load(x + (i << 2))));
    x += <usize>width << 2;
  }
}

/**
 * As `gather`, from a packed table.
 *
 * @param bits 8 or 16; @param scratch padded width · 4 bytes
 */
export function gatherPacked(
  table: usize, bits: i32, first: i32, rows: i32, width: i32, ids: usize, count: i32, out: usize, scratch: usize,
): void {
  const padded = paddedWidth(width);
  for (let i = 0; i < count; i++) {
    const row = i32.load(ids + (<usize>i << 2)) - first;
    if (<u32>row >= <u32>rows) {
      memory.fill(out, 0, <usize>width << 2);
    } else {
      if (bits == 8) {
        bytesToFloats(table + <usize>row * padded, padded, f32.load(table + <usize>rows * padded + (<usize>row << 2)), scratch);
      } else {
        halvesToFloats(table + <usize>row * padded * 2, <i32>padded, scratch);
      }
      memory.copy(out, scratch, <usize>width << 2);
    }
    out += <usize>width << 2;
  }
}

function bytesToFloats(from: usize, count: usize, scale: f32, to: usize): void {
  const s = f32x4.splat(scale);
  for (const end = from + count; from < end; from += 8) {
    const w = v128.load_ext<i8>(from);
    v128.store(to, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(w)), s));
    v128.store(to, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(w)), s), 16);
    to += 32;
  }
}
