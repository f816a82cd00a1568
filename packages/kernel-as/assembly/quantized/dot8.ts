// The relaxed dot product of four 8-bit values per lane is one instruction on processors with AVX-VNNI or Arm's SDOT. On others
// engines emit three instructions, and rebuild a vector of ones for each dot product. `Unfused` uses the same three instructions
// with the ones in a register, in 5/6 of the time. The results are equal.

/** The instructions of a tile's dot product, as a type argument: `offsetof` is a compile-time constant (see matmul/rows.ts). */
@unmanaged export class Fused { a: u8 }
@unmanaged export class Unfused { a: u8; b: u8 }

// Constants in memory: see math.ts.
const weights = memory.data<u8>([127, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127], 16);
const outOfRange = memory.data<u8>([255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255], 16);
const onesAt = memory.data<i16>([1, 1, 1, 1, 1, 1, 1, 1], 16);

/** 2 · 32767: the sum of four products 127 · 255 if pairs of products are added with 16-bit saturation. */
const SATURATED: i32 = 65534;

/**
 * Whether the engine's relaxed dot product is one instruction. Detected with an activation of 255, outside of the 7-bit range: the
 * result is implementation-defined, and saturates only where the engine emits several instructions. Tests set it to run both
 * variants.
 */
export let fusedDot: bool =
  !ASC_FEATURE_RELAXED_SIMD ||
  i32x4.extract_lane(
    i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(weights), v128.load(outOfRange), i32x4.splat(0)), 0,
  ) != SATURATED;

/** The last argument of `dot`. */
// @ts-ignore: decorator
@inline
export function loadOnes(): v128 {
  return v128.load(onesAt);
}

/**
 * c + weights · activations, summed over the values of a group. `weights` is one group of four channels, `activations` one group
 * in all lanes.
 */
// @ts-ignore: decorator
@inline
export function dot<D>(weights: v128, activations: v128, c: v128, ones: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    return offsetof<D>() == offsetof<Fused>()
      ? i32x4.relaxed_dot_i8x16_i7x16_add_s(weights, activations, c)
      : i32x4.add(i32x4.dot_i16x8_s(i16x8.relaxed_dot_i8x16_i7x16_s(weights, activations), ones), c);
  } else {
    return i32x4.add(i32x4.dot_i16x8_s(weights, activations), c);
  }
}
