// How quantised weights lie in memory. A weight [n, k] is cut into panels of 8 output channels, as in matmul/pack.ts; within a panel
// `GROUP` consecutive k of one channel stand together, as many as one lane of the build's dot product takes. Channels past n and
// k past the end are zeros.

/** Output channels of a panel. */
// @ts-ignore: decorator
@inline
export const PANEL: i32 = 8;

/** Values of k that one 32-bit lane multiplies and adds: four 8-bit ones in the relaxed build, two 16-bit ones in the portable one. */
// @ts-ignore: decorator
@inline
export const GROUP: i32 = ASC_FEATURE_RELAXED_SIMD ? 4 : 2;

/** Bytes of a quantised activation. */
// @ts-ignore: decorator
@inline
export const ACTIVATION_BYTES: i32 = ASC_FEATURE_RELAXED_SIMD ? 1 : 2;

/**
 * Values of k that share a scale and a zero point when activations are quantised for 8-bit weights. Seven bits are too few for
 * a whole row: hidden states have a few features far larger than the rest, which would leave the others little. Runs of 64 take
 * MiniLM's embeddings of very short sentences below a cosine of 0.99 with those in f32, runs of 32 do not. The portable build's
 * eleven bits need no runs.
 */
// @ts-ignore: decorator
@inline
export const RUN: i32 = ASC_FEATURE_RELAXED_SIMD ? 32 : 0x7ffffffc;

/** Runs of a row, at least one. */
export function runsOf(k: i32): i32 {
  return ASC_FEATURE_RELAXED_SIMD ? max(1, (k + RUN - 1) / RUN) : 1;
}

/** Bytes of the sums that follow each run of 8-bit weights. They undo the zero points of activations: without those there are none. */
// @ts-ignore: decorator
@inline
export const SUM_BYTES: i32 = ASC_FEATURE_RELAXED_SIMD ? PANEL * 2 : 0;

/** Weights of a 4-bit block, which share a scale. */
// @ts-ignore: decorator
@inline
export const BLOCK: i32 = 32;

/** Bytes of a 4-bit block of all 8 channels of a panel: 8 scales, then 32 × 8 weights. */
// @ts-ignore: decorator
@inline
export const BLOCK_BYTES: i32 = PANEL * 4 + (PANEL * BLOCK) / 2;

export function paddedChannels(n: i32): i32 {
  return (n + PANEL - 1) & ~(PANEL - 1);
}

/** k rounded up to whole groups of any build, so that both agree on sizes. */
export function paddedDepth(k: i32): i32 {
  return (k + 3) & ~3;
}

/** Bytes of an 8-bit panel: its weights, after each run their sums, and at the end the scales of its channels. */
export function panel8Bytes(k: i32): i32 {
  return PANEL * paddedDepth(k) + runsOf(k) * SUM_BYTES + PANEL * 4;
}

export function blocksOf(k: i32): i32 {
  return (k + BLOCK - 1) / BLOCK;
}

/** A group of four channels of 8-bit weights, as wide as `dot` wants it. */
// @ts-ignore: decorator
@inline
export function loadGroup(at: usize): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    return v128.load(at);
  } else {
    return v128.load_ext<i8>(at);
  }
}
