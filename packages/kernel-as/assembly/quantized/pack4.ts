import { sumLanes } from '../simd';
import { BLOCK, BLOCK_BYTES, blocksOf, paddedChannels, PANEL, panelsTogether } from './format';

/** Bytes of a packed weight [n, k] in 4 bits: 5 bits per weight, with an f32 scale for each block of 32. */
export function packed4Bytes(k: i32, n: i32): usize {
  return <usize>(paddedChannels(n) / PANEL) * <usize>(blocksOf(k) * BLOCK_BYTES);
}

/** Candidates for the quantised value of the weight of largest magnitude, negated, before rounding and clamping to −8 … 7. */
const LEVELS = memory.data<f32>([8, 7.5, 8.5, 7, 9], 16);
const LEVELS_BYTES: usize = 5 * 4;

// A block divided by its value of largest magnitude; the quantised weights of the best candidate so far, and of the current one.
const units = memory.data(BLOCK * 4, 16);
const bestWeights = memory.data(BLOCK * 4, 16);
const candidate = memory.data(BLOCK * 4, 16);

/**
 * Address of the first block of a channel. Blocks of two neighbouring panels are stored as one of 16 channels, so that a product
 * of one row reads one stream; the last of an odd number of panels has blocks of 8 channels.
 *
 * Layout of a block: the scales of its channels (f32), then its weights (`nibblePosition`).
 */
// @ts-ignore: decorator
@inline
export function blockAddress4(packed: usize, k: i32, channel: i32): usize {
  return packed + <usize>(channel / (2 * PANEL)) * <usize>(blocksOf(k) * BLOCK_BYTES * 2);
}

/**
 * Quantises whole panels of w[n, k] in blocks of 32 along k: w ≈ scale · (q − 8), 0 ≤ q ≤ 15. For each candidate of `LEVELS` the
 * block is rounded and its scale fitted by least squares; the candidate with the smallest squared error is used. The error is a
 * tenth smaller than with the value of largest magnitude at −8 and no fitting.
 *
 * @param w the rows `first` to `first + channels` of the weight; @param first a multiple of 8
 * @param out start of the packed weight
 */
export function pack4(w: usize, k: i32, n: i32, first: i32, channels: i32, out: usize): void {
  const blocks = blocksOf(k);
  for (let p = 0; p < channels; p += PANEL) {
    const together = panelsTogether(n, first + p), width = together * PANEL;
    let block = blockAddress4(out, k, first + p);
    for (let b = 0; b < blocks; b++) {
      const weights = block + <usize>(width * 4);
      for (let j = 0; j < PANEL; j++) {
        const channel = (first + p + j) & (width - 1);
        const row = w + (<usize>((p + j) * k + b * BLOCK) << 2);
        f32.store(block + (<usize>channel << 2), quantizeBlock(row, p + j < channels ? min(BLOCK, k - b * BLOCK) : 0));
        for (let i = 0; i < BLOCK; i++) {
          setNibble(weights, width, channel, i, <i32>f32.load(bestWeights + (<usize>i << 2)) + 8);
        }
      }
      block += <usize>(together * BLOCK_BYTES);
    }
  }
}

/**
 * As `pack4`, of rows that are quantised already.
 *
 * @param rows the weights [channels, blocks, 16]: byte i of a block has q of the values i (lower nibble) and i + 16 (upper nibble);
 *   then the scales [channels, blocks] (f32)
 */
export function place4(rows: usize, k: i32, n: i32, first: i32, channels: i32, out: usize): void {
  const blocks = blocksOf(k);
  const scales = rows + <usize>(channels * blocks) * (BLOCK / 2);
  for (let p = 0; p < channels; p += PANEL) {
    const together = panelsTogether(n, first + p), width = together * PANEL;
    let block = blockAddress4(out, k, first + p);
    for (let b = 0; b < blocks; b++) {
      for (let j = 0; j < PANEL; j++) {
        // Channels and values past the end are 0, as from `pack4`.
        const count = p + j < channels ? min(BLOCK, k - b * BLOCK) : 0;
        const at = <usize>((p + j) * blocks + b), channel = (first + p + j) & (width - 1);
        f32.store(block + (<usize>channel << 2), count ? f32.load(scales + (at << 2)) : 0);
        for (let i = 0; i < BLOCK; i++) {
          const pair = i < count ? i32.load8_u(rows + at * (BLOCK / 2) + <usize>(i & 15)) : 0x88;
          setNibble(block + <usize>(width * 4), width, channel, i, i & 16 ? pair >> 4 : pair & 15);
        }
      }
      block += <usize>(together * BLOCK_BYTES);
    }
  }
}

/** Quantises up to 32 values to −8 … 7 in `bestWeights`, padded with zeros. Returns the scale, 0 for a block of zeros. */
function quantizeBlock(x: usize, count: i32): f32 {
  memory.fill(bestWeights, 0, BLOCK * 4);
  const top = signedMaximum(x, count);
  if (top == 0) return 0;
  memory.fill(units, 0, BLOCK * 4);
  for (let i: usize = 0; i < <usize>count << 2; i += 4) f32.store(units + i, f32.load(x + i) / top);
  let best: f32 = 0, scale: f32 = 0;
  for (let at: usize = 0; at < LEVELS_BYTES; at += 4) {
    const level = f32x4.splat(-f32.load(LEVELS + at));
    let products = f32x4.splat(0), squares = products;
    // Without fma, so that both builds and the reference choose the same candidate.
    for (let i: usize = 0; i < <usize>BLOCK * 4; i += 16) {
      const u = v128.load(units + i);
      const q = f32x4.max(f32x4.min(f32x4.nearest(f32x4.mul(u, level)), f32x4.splat(7)), f32x4.splat(-8));
      products = f32x4.add(products, f32x4.mul(q, u));
      squares = f32x4.add(squares, f32x4.mul(q, q));
      v128.store(candidate + i, q);
    }
    const product = sumLanes(products);
    const fitted = product / sumLanes(squares);
    // product · fitted is the reduction of the squared error.
    if (product * fitted > best) {
      best = product * fitted;
      scale = fitted;
      memory.copy(bestWeights, candidate, BLOCK * 4);
    }
  }
  return top * scale;
}

/** The value of largest magnitude, with its sign. */
function signedMaximum(x: usize, n: i32): f32 {
  let top: f32 = 0;
  for (const end = x + (<usize>n << 2); x < end; x += 4) {
    const v = f32.load(x);
    if (abs(v) > abs(top)) top = v;
  }
  return top;
}

/**
 * Position of a weight in a block of `width` channels: its byte, times 2, plus 1 for the upper nibble. The lower nibbles of
 * consecutive bytes are one vector of weights and the upper nibbles another. In the relaxed build each has one group of four k, of
 * the first half of the channels in the lower nibbles and of the second half in the upper. In the portable build they have all
 * channels of groups of two k: even groups in the lower nibbles, odd ones in the upper.
 */
// @ts-ignore: decorator
@inline
function nibblePosition(width: i32, channel: i32, i: i32): i32 {
  const row = (i >> 2) * width * 2;
  if (ASC_FEATURE_RELAXED_SIMD) {
    const half = width >> 1;
    return ((row + (channel & (half - 1)) * 4 + (i & 3)) << 1) | i32(channel >= half);
  } else {
    return ((row + channel * 2 + (i & 1)) << 1) | ((i >> 1) & 1);
  }
}

/** Sets one weight, 0 ≤ q ≤ 15. */
// @ts-ignore: decorator
@inline
function setNibble(weights: usize, width: i32, channel: i32, i: i32, q: i32): void {
  const position = nibblePosition(width, channel, i);
  const at = weights + <usize>(position >> 1), shift = (position & 1) << 2;
  i32.store8(at, (i32.load8_u(at) & (0xf0 >> shift)) | (q << shift));
}

/** One weight of a block of `width` channels, 0 ≤ q ≤ 15. */
export function getNibble(weights: usize, width: i32, channel: i32, i: i32): i32 {
  const position = nibblePosition(width, channel, i);
  return (i32.load8_u(weights + <usize>(position >> 1)) >> ((position & 1) << 2)) & 15;
}
