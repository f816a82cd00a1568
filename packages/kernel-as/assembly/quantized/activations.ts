import { TILE_ROWS } from '../matmul/rows';
import { ACTIVATION_BYTES, BLOCK, GROUP, RUN } from './format';

// Activations are quantised as they come (dynamic quantisation), each row or run of a row with a scale of its own: one large value
// costs only its neighbours precision.
//
// The relaxed build's dot product takes one operand of 7 bits: an unsigned activation with a zero point, x ≈ scale · (q − zero),
// against 8-bit weights. The portable build has 16 bits to spend and keeps 11 of them, which leaves the sum of 8192 products
// with 8-bit weights within 32 bits.

const ROUND: f32 = 12582912.0;
const ROUND_BITS: i32 = 0x4b400000;
/** Largest magnitude of a 16-bit activation for up to 8192 input features. */
const WIDE: f32 = 2047;
const WIDE_DEPTH: i32 = 8192;

/** The largest magnitude for which Σ over k of activation · weight stays within 32 bits, weights being at most 127. */
function wideLimit(k: i32): f32 {
  return k <= WIDE_DEPTH ? WIDE : Mathf.floor(<f32>2147483647 / (<f32>127 * <f32>k));
}

/** Smallest and largest of n values and 0, in lanes 0 and 1. NaN if any is NaN: it must reach the result. */
function rangeOf(x: usize, n: i32): v128 {
  let low = f32x4.splat(0), high = low;
  const end = x + (<usize>(n & ~3) << 2);
  while (x < end) {
    const v = v128.load(x);
    low = f32x4.min(low, v);
    high = f32x4.max(high, v);
    x += 16;
  }
  let least = min(
    min(f32x4.extract_lane(low, 0), f32x4.extract_lane(low, 1)), min(f32x4.extract_lane(low, 2), f32x4.extract_lane(low, 3)),
  );
  let most = max(
    max(f32x4.extract_lane(high, 0), f32x4.extract_lane(high, 1)), max(f32x4.extract_lane(high, 2), f32x4.extract_lane(high, 3)),
  );
  for (let i = n & 3; i > 0; i--) {
    const v = f32.load(x);
    least = min(least, v);
    most = max(most, v);
    x += 4;
  }
  return f32x4.replace_lane(f32x4.splat(least), 1, most);
}

/**
 * For `matmul8`: x[rows, k], run by run x ≈ scale · (q − zero), with the scales and zeros of a row's runs one after another.
 *
 * The rows of a tile lie interleaved, out[tile][padded / GROUP][rows of the tile][GROUP]: the tile then reads its rows side by side
 * from one moving pointer, and saves an address computation for each. Padding is 0.
 */
export function quantizeRows(
  x: usize, stride: i32, rows: i32, k: i32, padded: i32, out: usize, scales: usize, zeros: usize,
): void {
  const limit: i32 = ASC_FEATURE_RELAXED_SIMD ? 127 : <i32>wideLimit(k);
  for (let r = 0; r < rows; r++) {
    const inTile = r % TILE_ROWS;
    const step = min(TILE_ROWS, rows - r + inTile) * GROUP * ACTIVATION_BYTES;
    const to = out + <usize>((r - inTile) * padded * ACTIVATION_BYTES + inTile * GROUP * ACTIVATION_BYTES);
    for (let i = 0; i < max(k, 1); i += RUN) {
      const count = min(RUN, k - i);
      const from = x + (<usize>i << 2);
      const range = rangeOf(from, count);
      const low = f32x4.extract_lane(range, 0), high = f32x4.extract_lane(range, 1);
      let scale: f32, zero: f32;
      if (ASC_FEATURE_RELAXED_SIMD) {
        scale = (high - low) / 127;
        zero = scale > 0 ? f32.nearest(-low / scale) : 0;
      } else {
        scale = max(high, -low) / <f32>limit;
        zero = 0;
      }
      // A run of zeros, or one so small that its scale is not a normal number, is zero; NaN and ∞ stay in the scale.
      const inverse: f32 = scale >= f32.MIN_NORMAL_VALUE && scale < Infinity ? <f32>1 / scale : 0;
      f32.store(scales, scale);
      i32.store(zeros, inverse != 0 ? <i32>zero : 0);
      quantizeRun(from, count, to + <usize>((i / GROUP) * step), step, inverse, inverse != 0 ? zero : 0, limit);
      scales += 4;
      zeros += 4;
    }
    x += <usize>stride << 2;
  }
}

/** `count` values in groups `step` bytes apart; the last is filled up with zeros, to whole groups of either build. */
function quantizeRun(x: usize, count: i32, out: usize, step: i32, inverse: f32, zero: f32, limit: i32): void {
  const factor = f32x4.splat(inverse), shift = f32x4.splat(ROUND + zero), bits = i32x4.splat(ROUND_BITS);
  const top = i16x8.splat(<i16>limit);
  const s1 = <usize>step, s2 = s1 * 2, s3 = s1 * 3;
  let i = 0;
  for (; i + 8 <= count; i += 8) {
    const low = i32x4.sub(f32x4.add(f32x4.mul(v128.load(x), factor), shift), bits);
    const high = i32x4.sub(f32x4.add(f32x4.mul(v128.load(x, 16), factor), shift), bits);
    const both = i16x8.min_s(i16x8.narrow_i32x4_s(low, high), top);
    if (ASC_FEATURE_RELAXED_SIMD) {
      const bytes = i8x16.narrow_i16x8_u(both, both);
      v128.store32_lane(out, bytes, 0);
      v128.store32_lane(out + s1, bytes, 1);
      out += s2;
    } else {
      v128.store32_lane(out, both, 0);
      v128.store32_lane(out + s1, both, 1);
      v128.store32_lane(out + s2, both, 2);
      v128.store32_lane(out + s3, both, 3);
      out += s2 * 2;
    }
    x += 32;
  }
  for (const padded = (count + 3) & ~3; i < padded; i++) {
    let q = 0;
    if (i < count) {
      q = max(-limit, min(limit, reinterpret<i32>(f32.load(x) * inverse + (ROUND + zero)) - ROUND_BITS));
      x += 4;
    }
    if (ASC_FEATURE_RELAXED_SIMD) {
      i32.store8(out + <usize>(i & 3), max(0, q));
      if ((i & 3) == 3) out += s1;
    } else {
      i32.store16(out + (<usize>(i & 1) << 1), q);
      if (i & 1) out += s1;
    }
  }
}

const block = memory.data(32 * 4, 16);

/**
 * For `matmul4`: one row x[k] → out[blocks · 32], signed in both builds, and for each block −8 · Σ out, with which the sums begin:
 * 4-bit weights are stored with 8 added. Returns the scale.
 */
export function quantizeSigned(x: usize, k: i32, out: usize, offsets: usize): f32 {
  const range = rangeOf(x, k);
  const limit: f32 = ASC_FEATURE_RELAXED_SIMD ? 127 : WIDE;
  const scale = max(f32x4.extract_lane(range, 1), -f32x4.extract_lane(range, 0)) / limit;
  const inverse: f32 = scale >= f32.MIN_NORMAL_VALUE && scale < Infinity ? <f32>1 / scale : 0;
  for (let i = 0; i < k; i += BLOCK) {
    let from = x + (<usize>i << 2);
    if (i + BLOCK > k) {
      memory.fill(block, 0, BLOCK * 4);
      memory.copy(block, from, <usize>(k - i) << 2);
      from = block;
    }
    i32.store(offsets, -8 * quantizeBlock(from, out, inverse));
    offsets += 4;
    out += BLOCK * ACTIVATION_BYTES;
  }
  return scale;
}

/** 32 values, and their sum. */
function quantizeBlock(x: usize, out: usize, inverse: f32): i32 {
  const factor = f32x4.splat(inverse), shift = f32x4.splat(ROUND), bits = i32x4.splat(ROUND_BITS);
  let sums = i32x4.splat(0);
  for (const end = x + BLOCK * 4; x < end; x += 32) {
    const low = i32x4.sub(f32x4.add(f32x4.mul(v128.load(x), factor), shift), bits);
    const high = i32x4.sub(f32x4.add(f32x4.mul(v128.load(x, 16), factor), shift), bits);
    const both = i16x8.narrow_i32x4_s(low, high);
    sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_s(both));
    if (ASC_FEATURE_RELAXED_SIMD) {
      v128.store64_lane(out, i8x16.narrow_i16x8_s(both, both), 0);
    } else {
      v128.store(out, both);
    }
    out += 8 * ACTIVATION_BYTES;
  }
  return (
    i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1) + i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3)
  );
}
