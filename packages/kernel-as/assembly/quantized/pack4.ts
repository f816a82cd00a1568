import { sumLanes } from '../simd';
import { BLOCK, BLOCK_BYTES, blocksOf, paddedChannels, PANEL } from './format';

/** Bytes of a [n, k] weight in 4 bits: 5 bits a weight, with a scale for each block of 32. */
export function packed4Bytes(k: i32, n: i32): usize {
  return <usize>(paddedChannels(n) / PANEL) * <usize>(blocksOf(k) * BLOCK_BYTES);
}

/** Where the value of largest magnitude may come to lie, in steps of a block's scale: −8 is the outermost. */
const PLACES = memory.data<f32>([8, 7.5, 8.5, 7, 9], 16);
const PLACES_END: usize = 5 * 4;

/** A block's values in units of the one of largest magnitude; its weights so far; those that are being tried. */
const units = memory.data(BLOCK * 4, 16);
const chosen = memory.data(BLOCK * 4, 16);
const tried = memory.data(BLOCK * 4, 16);

/**
 * Quantises whole panels of w[n, k] in blocks of 32 along k: w ≈ scale · (q − 8), 0 ≤ q ≤ 15. For each of a few places of the value of
 * largest magnitude the others are rounded, and a scale is fitted to that by least squares; the best of them is kept. That leaves a
 * tenth less of squared error than −8 for the largest and no fitting.
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
        f32.store(block + (<usize>j << 2), quantizeBlock(row, p + j < channels ? min(BLOCK, k - b * BLOCK) : 0));
        for (let i = 0; i < BLOCK; i++) put(block + PANEL * 4, j, i, <i32>f32.load(chosen + (<usize>i << 2)) + 8);
      }
      block += BLOCK_BYTES;
    }
  }
}

/** The weights −8 … 7 of up to 32 values into `chosen`; returns their scale. Past the values, and for zeros alone, they are 0. */
function quantizeBlock(x: usize, count: i32): f32 {
  memory.fill(chosen, 0, BLOCK * 4);
  const top = extreme(x, count);
  if (top == 0) return 0;
  memory.fill(units, 0, BLOCK * 4);
  for (let i: usize = 0; i < <usize>count << 2; i += 4) f32.store(units + i, f32.load(x + i) / top);
  let best: f32 = 0, scale: f32 = 0;
  for (let at: usize = 0; at < PLACES_END; at += 4) {
    const place = f32x4.splat(-f32.load(PLACES + at));
    let products = f32x4.splat(0), squares = products;
    // Neither sum is fused: the choice is the same in both builds, and in the reference.
    for (let i: usize = 0; i < <usize>BLOCK * 4; i += 16) {
      const u = v128.load(units + i);
      const q = f32x4.max(f32x4.min(f32x4.nearest(f32x4.mul(u, place)), f32x4.splat(7)), f32x4.splat(-8));
      products = f32x4.add(products, f32x4.mul(q, u));
      squares = f32x4.add(squares, f32x4.mul(q, q));
      v128.store(tried + i, q);
    }
    const product = sumLanes(products);
    const fitted = product / sumLanes(squares);
    // What the fit takes off the squared error.
    if (product * fitted > best) {
      best = product * fitted;
      scale = fitted;
      memory.copy(chosen, tried, BLOCK * 4);
    }
  }
  return top * scale;
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
