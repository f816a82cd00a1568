import { fma } from '../simd';
import { ACTIVATION_BYTES, BLOCK, blocksOf, GROUP, RUN } from './format';

// Dynamic quantisation of activations: each row, or run of a row, has its own scale, so that a large value reduces the precision
// only of its run.
//
// For weights in 8 bits: the relaxed build's dot product takes 8-bit weights and 7-bit activations: unsigned, with a zero point, x ≈ scale · (q − zero).
// The portable build multiplies 16-bit numbers; activations have 11 bits and a sign, so that the sum of 8192 products with
// 8-bit weights fits in 32 bits. For weights in 4 bits see `quantizeBlocks`.

const ROUND: f32 = 12582912.0;
const ROUND_BITS: i32 = 0x4b400000;
/** Largest magnitude of a 16-bit activation, for up to 8192 input features. */
const MAX_ACTIVATION: f32 = 2047;
const MAX_ACTIVATION_DEPTH: i32 = 8192;

/** The largest magnitude for which Σ activation · weight over k features fits in 32 bits, weights being at most 127. */
function activationLimit(k: i32): f32 {
  return k <= MAX_ACTIVATION_DEPTH ? MAX_ACTIVATION : Mathf.floor(<f32>2147483647 / (<f32>127 * <f32>k));
}

/** In each lane: NaN if `nonFinite` is NaN or x is not finite, else 0. */
// @ts-ignore: decorator
@inline
function accumulateNonFinite(nonFinite: v128, x: v128): v128 {
  return fma(x, f32x4.splat(0), nonFinite);
}

/** The last n < 4 values of a row, padded with zeros, without reading past the row. */
function loadRest(x: usize, n: i32): v128 {
  let v = f32x4.splat(0);
  if (n > 0) v = f32x4.replace_lane(v, 0, f32.load(x));
  if (n > 1) v = f32x4.replace_lane(v, 1, f32.load(x, 4));
  if (n > 2) v = f32x4.replace_lane(v, 2, f32.load(x, 8));
  return v;
}

// Results of `findRange`, in all four lanes.
const lowAt = memory.data(16, 16), highAt = memory.data(16, 16), nonFiniteAt = memory.data(16, 16);

/**
 * Writes to `lowAt` and `highAt` the smallest and largest of n values and 0, and to `nonFiniteAt` NaN if a value is not finite,
 * else 0: pmin and pmax may ignore NaN, which must reach the result.
 */
function findRange(x: usize, n: i32): void {
  let low = f32x4.splat(0), high = low, nonFinite = low;
  for (const end = x + (<usize>(n & ~3) << 2); x < end; x += 16) {
    const v = v128.load(x);
    low = f32x4.pmin(low, v);
    high = f32x4.pmax(high, v);
    nonFinite = accumulateNonFinite(nonFinite, v);
  }
  if (n & 3) {
    const v = loadRest(x, n & 3);
    low = f32x4.pmin(low, v);
    high = f32x4.pmax(high, v);
    nonFinite = accumulateNonFinite(nonFinite, v);
  }
  low = f32x4.pmin(low, v128.shuffle<f32>(low, low, 2, 3, 0, 1));
  high = f32x4.pmax(high, v128.shuffle<f32>(high, high, 2, 3, 0, 1));
  nonFinite = f32x4.add(nonFinite, v128.shuffle<f32>(nonFinite, nonFinite, 2, 3, 0, 1));
  v128.store(lowAt, f32x4.pmin(low, v128.shuffle<f32>(low, low, 1, 0, 3, 2)));
  v128.store(highAt, f32x4.pmax(high, v128.shuffle<f32>(high, high, 1, 0, 3, 2)));
  v128.store(nonFiniteAt, f32x4.add(nonFinite, v128.shuffle<f32>(nonFinite, nonFinite, 1, 0, 3, 2)));
}

/**
 * 1 / scale, or 0 for a scale that is 0, subnormal, infinite or NaN: the quantised values are then zeros, and NaN and ∞ reach the
 * result through the scale.
 */
// @ts-ignore: decorator
@inline
function inverseScale(scale: v128): v128 {
  const usable = v128.and(
    f32x4.ge(scale, f32x4.splat(f32.MIN_NORMAL_VALUE)), f32x4.lt(scale, f32x4.splat(Infinity)),
  );
  return v128.and(f32x4.div(f32x4.splat(1), scale), usable);
}

/**
 * Quantises x[rows, k] for `matmul8`: x ≈ scale · (q − zero) with a scale and zero point for each run of a row.
 *
 * The rows of a tile are interleaved, out[tile][padded / GROUP][rows of the tile][GROUP], so that the tile reads them through one
 * pointer. Padding is 0.
 *
 * @param stride elements between rows of x; @param padded k rounded up to whole groups; @param tileRows rows of a full tile
 * @param scales [rows, runs] of f32; @param zeros [rows, runs] of i32
 */
export function quantizeRows(
  x: usize, stride: i32, rows: i32, k: i32, padded: i32, tileRows: i32, out: usize, scales: usize, zeros: usize,
): void {
  const limit: i32 = ASC_FEATURE_RELAXED_SIMD ? 127 : <i32>activationLimit(k);
  const divisor = f32x4.splat(<f32>limit);
  for (let r = 0; r < rows; r++) {
    const inTile = r % tileRows;
    const step = min(tileRows, rows - r + inTile) * GROUP * ACTIVATION_BYTES;
    const to = out + <usize>((r - inTile) * padded * ACTIVATION_BYTES + inTile * GROUP * ACTIVATION_BYTES);
    for (let i = 0; i < max(k, 1); i += RUN) {
      const count = min(RUN, k - i);
      const from = x + (<usize>i << 2);
      findRange(from, count);
      const low = v128.load(lowAt), high = v128.load(highAt), nonFinite = v128.load(nonFiniteAt);
      const span = ASC_FEATURE_RELAXED_SIMD ? f32x4.sub(high, low) : f32x4.pmax(high, f32x4.neg(low));
      const scale = f32x4.add(f32x4.div(span, divisor), nonFinite);
      const inverse = inverseScale(scale);
      let zero = f32x4.splat(0);
      if (ASC_FEATURE_RELAXED_SIMD) {
        zero = v128.and(f32x4.nearest(f32x4.div(f32x4.neg(low), scale)), f32x4.ne(inverse, f32x4.splat(0)));
      }
      v128.store32_lane(scales, scale, 0);
      v128.store32_lane(zeros, i32x4.trunc_sat_f32x4_s(zero), 0);
      quantizeRun(from, count, to + <usize>((i / GROUP) * step), step, inverse, zero, limit);
      scales += 4;
      zeros += 4;
    }
    x += <usize>stride << 2;
  }
}

/** Quantises `count` values into groups `step` bytes apart, padded with zeros to a multiple of four values. */
function quantizeRun(x: usize, count: i32, out: usize, step: i32, factor: v128, zero: v128, limit: i32): void {
  const shift = f32x4.add(f32x4.splat(ROUND), zero), bits = i32x4.splat(ROUND_BITS);
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
      q = max(-limit, min(limit, reinterpret<i32>(f32.load(x) * f32x4.extract_lane(factor, 0) + f32x4.extract_lane(shift, 0)) - ROUND_BITS));
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

/** Bytes of a block of 32 quantised activations of one row: scale (f32), start (i32) and values. */
// @ts-ignore: decorator
@inline
export const ACTIVATION_BLOCK_BYTES: i32 = 8 + BLOCK * ACTIVATION_BYTES;

/**
 * Largest magnitude of an activation in `matmul4`. Eight products of 8 and 4 bits add up to at most 16 · 127 · 15, which fits in
 * 16 bits; a block of products of 16 and 4 bits adds up to less than 2²⁴, which f32 represents exactly.
 */
const SIGNED_LIMIT: f32 = ASC_FEATURE_RELAXED_SIMD ? 127 : 32767;

const lastBlock = memory.data(BLOCK * 4, 16);

/** Rows of the next tile of `matmul4` when `left` rows remain: a full tile, 4, 2 or 1, so that few sizes of tiles are compiled. */
// @ts-ignore: decorator
@inline
export function tileRows4(left: i32, most: i32): i32 {
  return left >= most ? most : left >= 4 ? 4 : left >= 2 ? 2 : 1;
}

/**
 * Quantises x[rows, k] for `matmul4`: x ≈ scale · q with a scale for each block of 32 values of a row.
 *
 * The rows of a tile are interleaved, out[tile][block]: the scales of its rows (f32), the initial values of the rows' sums, and
 * the values [32 / GROUP][rows of the tile][GROUP]. The last block is padded with zeros. The initial value is −8 · Σ q, since 4-bit
 * weights are stored plus 8: in the relaxed build two 16-bit numbers, for the first and the second two values of each group.
 *
 * @param stride elements between rows of x; @param tileRows rows of a full tile
 */
export function quantizeBlocks(x: usize, stride: i32, rows: i32, k: i32, tileRows: i32, out: usize): void {
  for (let count = 0; rows > 0; rows -= count) {
    count = tileRows4(rows, tileRows);
    for (let r = 0; r < count; r++) {
      let to = out + <usize>(r << 2);
      for (let i = 0; i < k; i += BLOCK) {
        let from = x + (<usize>i << 2);
        if (i + BLOCK > k) {
          memory.fill(lastBlock, 0, BLOCK * 4);
          memory.copy(lastBlock, from, <usize>(k - i) << 2);
          from = lastBlock;
        }
        quantizeBlock(from, to, <usize>count << 2);
        to += <usize>(count * ACTIVATION_BLOCK_BYTES);
      }
      x += <usize>stride << 2;
    }
    out += <usize>(count * blocksOf(k) * ACTIVATION_BLOCK_BYTES);
  }
}

/** Quantises 32 values. `step`: bytes between the groups of a row. */
// @ts-ignore: decorator
@inline
function quantizeBlock(x: usize, out: usize, step: usize): void {
  let top = f32x4.splat(0), nonFinite = top;
  for (let i: usize = 0; i < <usize>BLOCK * 4; i += 16) {
    const v = v128.load(x + i);
    top = f32x4.pmax(top, f32x4.abs(v));
    nonFinite = accumulateNonFinite(nonFinite, v);
  }
  top = f32x4.pmax(top, v128.shuffle<f32>(top, top, 2, 3, 0, 1));
  nonFinite = f32x4.add(nonFinite, v128.shuffle<f32>(nonFinite, nonFinite, 2, 3, 0, 1));
  top = f32x4.pmax(top, v128.shuffle<f32>(top, top, 1, 0, 3, 2));
  nonFinite = f32x4.add(nonFinite, v128.shuffle<f32>(nonFinite, nonFinite, 1, 0, 3, 2));
  const scale = f32x4.add(f32x4.div(top, f32x4.splat(SIGNED_LIMIT)), nonFinite);
  const factor = inverseScale(scale);
  v128.store32_lane(out, scale, 0);
  const start = out + step;
  const shift = f32x4.splat(ROUND), bits = i32x4.splat(ROUND_BITS);
  let sums = i32x4.splat(0);
  out = start + step;
  for (const end = x + BLOCK * 4; x < end; x += 32) {
    const low = i32x4.sub(f32x4.add(f32x4.mul(v128.load(x), factor), shift), bits);
    const high = i32x4.sub(f32x4.add(f32x4.mul(v128.load(x, 16), factor), shift), bits);
    const both = i16x8.narrow_i32x4_s(low, high);
    if (ASC_FEATURE_RELAXED_SIMD) {
      // Lanes of 16 bits: the sums of the first and of the second two values of each group.
      sums = i16x8.add(sums, i16x8.narrow_i32x4_s(i32x4.extadd_pairwise_i16x8_s(both), i32x4.splat(0)));
      const bytes = i8x16.narrow_i16x8_s(both, both);
      v128.store32_lane(out, bytes, 0);
      v128.store32_lane(out + step, bytes, 1);
      out += step * 2;
    } else {
      sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_s(both));
      v128.store32_lane(out, both, 0);
      v128.store32_lane(out + step, both, 1);
      v128.store32_lane(out + step * 2, both, 2);
      v128.store32_lane(out + step * 3, both, 3);
      out += step * 4;
    }
  }
  if (ASC_FEATURE_RELAXED_SIMD) {
    sums = i16x8.add(sums, v128.shuffle<i32>(sums, sums, 1, 0, 2, 3));
    v128.store32_lane(start, i16x8.mul(sums, i16x8.splat(-8)), 0);
  } else {
    sums = i32x4.add(sums, v128.shuffle<i32>(sums, sums, 2, 3, 0, 1));
    sums = i32x4.add(sums, v128.shuffle<i32>(sums, sums, 1, 0, 3, 2));
    v128.store32_lane(start, i32x4.mul(sums, i32x4.splat(-8)), 0);
  }
}
