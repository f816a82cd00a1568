// Memory layout of quantised weights. A weight [n, k] is split into panels of 8 output channels, as in matmul/pack.ts. Within a
// panel `GROUP` consecutive values of k of one channel are contiguous: as many as one lane of the build's dot product takes.
// Channels and values of k are padded with zeros. In 8 and 4 bits the runs or blocks of two neighbouring panels alternate, so that a
// product of one row with 16 channels reads one stream.

/** Output channels of a panel. */
// @ts-ignore: decorator
@inline
export const PANEL: i32 = 8;

/** Values of k per 32-bit lane of the dot product: four of 8 bits in the relaxed build, two of 16 bits in the portable one. */
// @ts-ignore: decorator
@inline
export const GROUP: i32 = ASC_FEATURE_RELAXED_SIMD ? 4 : 2;

/** Bytes of a quantised activation. */
// @ts-ignore: decorator
@inline
export const ACTIVATION_BYTES: i32 = ASC_FEATURE_RELAXED_SIMD ? 1 : 2;

/**
 * Activations that share a scale and a zero point in `matmul8`. Seven bits are too few for a whole row, since a few features of
 * hidden states are far larger than the rest. With runs of 64, MiniLM's embeddings of very short sentences have a cosine
 * similarity below 0.99 to those in f32; with runs of 32 they do not. The portable build has one run per row.
 */
// @ts-ignore: decorator
@inline
export const RUN: i32 = ASC_FEATURE_RELAXED_SIMD ? 32 : 0x7ffffffc;

/** Runs of a row, at least one. */
export function runsOf(k: i32): i32 {
  return ASC_FEATURE_RELAXED_SIMD ? max(1, (k + RUN - 1) / RUN) : 1;
}

/** Bytes of the sums of weights after each run of 8-bit weights, which correct for the zero points of activations. */
// @ts-ignore: decorator
@inline
export const SUM_BYTES: i32 = ASC_FEATURE_RELAXED_SIMD ? PANEL * 2 : 0;

/** Bytes of one run of a panel of 8-bit weights, of `length` values of k. */
// @ts-ignore: decorator
@inline
export function run8Bytes(length: i32): i32 {
  return length * PANEL + SUM_BYTES;
}

/** 4-bit weights that share a scale. */
// @ts-ignore: decorator
@inline
export const BLOCK: i32 = 32;

/** Bytes of a 4-bit block of a panel: 8 scales (f32) and 32 × 8 weights. */
// @ts-ignore: decorator
@inline
export const BLOCK_BYTES: i32 = PANEL * 4 + (PANEL * BLOCK) / 2;

/** Panels that are stored together, and read as one stream, with the panel of a channel: 2, or 1 for the last of an odd number. */
// @ts-ignore: decorator
@inline
export function panelsTogether(n: i32, channel: i32): i32 {
  return (channel & ~(2 * PANEL - 1)) + PANEL < n ? 2 : 1;
}

export function paddedChannels(n: i32): i32 {
  return (n + PANEL - 1) & ~(PANEL - 1);
}

/** k rounded up to whole groups of either build, so that sizes are equal in both. */
export function paddedDepth(k: i32): i32 {
  return (k + 3) & ~3;
}

/** Bytes of an 8-bit panel: runs of weights, each followed by its sums, then the scales of the channels. */
export function panel8Bytes(k: i32): i32 {
  return PANEL * paddedDepth(k) + runsOf(k) * SUM_BYTES + PANEL * 4;
}

export function blocksOf(k: i32): i32 {
  return (k + BLOCK - 1) / BLOCK;
}

/** One group of 8-bit weights of four channels, widened to 16 bits in the portable build. */
// @ts-ignore: decorator
@inline
export function loadGroup(at: usize): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    return v128.load(at);
  } else {
    return v128.load_ext<i8>(at);
  }
}
