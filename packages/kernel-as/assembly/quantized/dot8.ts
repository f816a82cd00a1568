// The relaxed build's dot product of four 8-bit values to a lane is one instruction where the processor has one for it (AVX-VNNI,
// Arm's SDOT). Elsewhere engines make it of three, and rebuild a vector of ones for each: made of the same three here, with the
// ones kept in a register, it takes 5/6 of the time. Either way the sums are the same numbers.

/** How a tile's dot product is made, as a type argument: a size settles it at compile time, as with a tile's rows. */
@unmanaged export class Fused { a: u8 }
@unmanaged export class InSteps { a: u8; b: u8 }

/** 16 times 127 and 16 times 255, and eight ones. In memory, as engines would rebuild constants in code wherever they are used. */
const weights = memory.data<u8>([127, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127], 16);
const outOfRange = memory.data<u8>([255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255], 16);
const onesAt = memory.data<i16>([1, 1, 1, 1, 1, 1, 1, 1], 16);

/** 2 · 32767: what four products of 127 and 255 sum to if pairs of them are added with saturation on the way. */
const SATURATED: i32 = 65534;

/**
 * Whether the relaxed dot product is best left to the engine. An activation of 255, beyond its 7 bits, tells: the result is
 * implementation-defined, and only one made in steps saturates. Can be set, as tests of either way do.
 */
export let fusedDot: bool =
  !ASC_FEATURE_RELAXED_SIMD ||
  i32x4.extract_lane(
    i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(weights), v128.load(outOfRange), i32x4.splat(0)), 0,
  ) != SATURATED;

/** What `dot` wants as its last argument. */
// @ts-ignore: decorator
@inline
export function loadOnes(): v128 {
  return v128.load(onesAt);
}

/**
 * The lanes of one dot product: c + Σ over groups of b · x. `weights` is a loaded group of four channels, `activations` one group
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
