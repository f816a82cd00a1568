import { BLOCK, BLOCK_BYTES, blocksOf, paddedChannels, PANEL } from './format';

/** Bytes of a [n, k] weight in 4 bits: 5 bits a weight, with a scale for each block of 32. */
export function packed4Bytes(k: i32, n: i32): usize {
  return <usize>(paddedChannels(n) / PANEL) * <usize>(blocksOf(k) * BLOCK_BYTES);
}

/**
 * Quantises whole panels of w[n, k] in blocks of 32 along k: w ≈ scale · (q − 8), 0 ≤ q ≤ 15. The value of largest magnitude
 * becomes exactly q = 0, so that all 16 steps are of use.
 *
 * @param first first channel of the run, a multiple of 8; @param channels of the run; @param out start of the packed weight
 */
export function pack4(w: usize, k: i32, n: i32, first: i32, channels: i32, out: usize): void {
  const blocks = blocksOf(k);
  for (let p = 0; p < channels; p += PANEL) {
    let block = out + <usize>((first + p) / PANEL) * <usize>(blocks * BLOCK_BYTES);
    for (let b = 0; b < blocks; b++) {
      memory.fill(block + PANEL * 4, 0, BLOCK_BYTES - PANEL * 4);
      for (let j = 0; j < PANEL; j++) {
        const row = w + (<usize>((p + j) * k + b * BLOCK) << 2);
        const count = p + j < channels ? min(BLOCK, k - b * BLOCK) : 0;
        const scale = extreme(row, count) / -8;
        f32.store(block + (<usize>j << 2), scale);
        const inverse: f32 = scale != 0 ? <f32>1 / scale : 0;
        for (let i = 0; i < BLOCK; i++) {
          const value: f32 = i < count ? f32.load(row + (<usize>i << 2)) * inverse : 0;
          put(block + PANEL * 4, j, i, <i32>min<f32>(15, Mathf.round(value) + 8));
        }
      }
      block += BLOCK_BYTES;
    }
  }
}

/** The value of largest magnitude, with its sign. */
function extreme(x: usize, n: i32): f32 {
  let top: f32 = 0;
  for (const end = x + (<usize>n << 2); x < end; x += 4) {
    const v = f32.load(x);
    if (abs(v) > abs(top)) top = v;
  }
  return top;
}

/**
 * Where matmul4.ts looks for one weight: the byte, and in bit 8 whether it is the upper half. Each 16 bytes hold two vectors of weights,
 * one in the lower halves of the bytes and one in the upper: in the relaxed build channels 0–3 and 4–7 of one group of four k, in the
 * portable build all channels of two groups of two.
 */
// @ts-ignore: decorator
@inline
function placeOf(channel: i32, i: i32): i32 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    return ((i >> 2) * 16 + (channel & 3) * 4 + (i & 3)) | (channel >= 4 ? 256 : 0);
  } else {
    return ((i >> 2) * 16 + channel * 2 + (i & 1)) | (i & 2 ? 256 : 0);
  }
}

/** Puts one weight, 0 ≤ q ≤ 15, in its place, where zeros have to be. */
// @ts-ignore: decorator
@inline
function put(weights: usize, channel: i32, i: i32, q: i32): void {
  const place = placeOf(channel, i);
  const at = weights + <usize>(place & 255);
  i32.store8(at, i32.load8_u(at) | (place & 256 ? q << 4 : q));
}

/** One weight of a block, 0 ≤ q ≤ 15. */
export function get4(weights: usize, channel: i32, i: i32): i32 {
  const place = placeOf(channel, i);
  const byte = i32.load8_u(weights + <usize>(place & 255));
  return place & 256 ? byte >> 4 : byte & 15;
}
