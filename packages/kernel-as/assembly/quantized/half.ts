import { activate } from '../activation';
import { add } from '../elementwise';
import { matmul } from '../matmul/matmul';
import { fma } from '../simd';
import { paddedChannels, PANEL } from './format';

/** Bytes of a packed weight [n, k] in 16-bit floats. */
export function packed16Bytes(k: i32, n: i32): usize {
  return <usize>paddedChannels(n) * <usize>k * 2;
}

/** Converts to a 16-bit float (IEEE 754 binary16), rounding to nearest even. Overflow gives ∞. */
export function toHalf(value: f32): i32 {
  const bits = reinterpret<i32>(value);
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  // Below 2⁻¹⁴ the result is subnormal: adding 0.5 as a float shifts and rounds the mantissa.
  if (magnitude < 0x38800000) return sign | (reinterpret<i32>(reinterpret<f32>(magnitude) + 0.5) - 0x3f000000);
  return sign | ((magnitude + 0xfff + ((magnitude >> 13) & 1) - 0x38000000) >> 13);
}

/** Packs whole panels of w[n, k]: out[panel][k][8] 16-bit floats. @param first, @param channels as for `pack8` */
export function pack16(w: usize, k: i32, n: i32, first: i32, channels: i32, out: usize): void {
  for (let p = 0; p < channels; p += PANEL) {
    let to = out + <usize>((first + p) * k) * 2;
    for (let i = 0; i < k; i++) {
      for (let j = 0; j < PANEL; j++) {
        i32.store16(to, p + j < channels ? toHalf(f32.load(w + (<usize>((p + j) * k + i) << 2))) : 0);
        to += 2;
      }
    }
  }
}

// The sign, exponent and mantissa bits of a shifted half, and 2¹¹². In memory: see math.ts.
const HALF_BITS = memory.data<u32>([0x8fffe000], 16);
const EXPONENT_SHIFT = memory.data<f32>([5.192296858534828e33], 16);

/**
 * Four 16-bit floats, sign-extended to 32 bits, as f32. After the shift the exponent is too small by 112; multiplying by 2¹¹²
 * corrects it, also for subnormals. Infinities and NaN are not supported: weights are finite.
 */
// @ts-ignore: decorator
@inline
function fromHalf4(h: v128): v128 {
  return f32x4.mul(v128.and(i32x4.shl(h, 13), v128.load_splat<u32>(HALF_BITS)), v128.load_splat<f32>(EXPONENT_SHIFT));
}

/** One 16-bit float, sign-extended, as f32. */
export function fromHalf(h: i32): f32 {
  return f32x4.extract_lane(fromHalf4(i32x4.splat(h)), 0);
}

/** Converts `count` 16-bit floats, a multiple of 8, to f32. */
export function halvesToFloats(from: usize, count: i32, to: usize): void {
  for (const end = from + (<usize>count << 1); from < end; from += 16) {
    const h = v128.load(from);
    v128.store(to, fromHalf4(i32x4.extend_low_i16x8_s(h)));
    v128.store(to, fromHalf4(i32x4.extend_high_i16x8_s(h)), 16);
    to += 32;
  }
}

/** Panels per step. */
const WIDENED_PANELS: i32 = 4;

/** Bytes of scratch memory for `matmul16`. */
export function matmul16Scratch(k: i32): usize {
  return <usize>(k * WIDENED_PANELS * PANEL * 4);
}

/**
 * One row times four panels: c[1, 32] = a[1, k] · b, converting the weights to f32 in registers, since a single row is bound by
 * memory bandwidth. Sums are in the same order as in `matmul`.
 */
function vector16(a: usize, b: usize, k: i32, c: usize): void {
  const step = <usize>k << 4;
  const s1 = step, s2 = step * 2, s3 = step * 3;
  let c0 = f32x4.splat(0), c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0, c6 = c0, c7 = c0;
  const end = b + step;
  while (b < end) {
    const x = v128.load_splat<f32>(a);
    c0 = fma(x, fromHalf4(v128.load_ext<i16>(b)), c0); c1 = fma(x, fromHalf4(v128.load_ext<i16>(b, 8)), c1);
    c2 = fma(x, fromHalf4(v128.load_ext<i16>(b + s1)), c2); c3 = fma(x, fromHalf4(v128.load_ext<i16>(b + s1, 8)), c3);
    c4 = fma(x, fromHalf4(v128.load_ext<i16>(b + s2)), c4); c5 = fma(x, fromHalf4(v128.load_ext<i16>(b + s2, 8)), c5);
    c6 = fma(x, fromHalf4(v128.load_ext<i16>(b + s3)), c6); c7 = fma(x, fromHalf4(v128.load_ext<i16>(b + s3, 8)), c7);
    a += 4;
    b += 16;
  }
  v128.store(c, c0); v128.store(c, c1, 16); v128.store(c, c2, 32); v128.store(c, c3, 48);
  v128.store(c, c4, 64); v128.store(c, c5, 80); v128.store(c, c6, 96); v128.store(c, c7, 112);
}

/** As `matmul`, with b in 16-bit floats (pack16), which are converted to f32 for the product. `scratch`: `matmul16Scratch` bytes. */
export function matmul16(
  a: usize, aStride: i32, b: usize, c: usize, cStride: i32, m: i32, k: i32, n: i32,
  bias: usize, activation: i32, residual: usize, residualStride: i32, scratch: usize,
): void {
  let p = 0;
  if (m == 1) {
    for (; p + WIDENED_PANELS * PANEL <= n; p += WIDENED_PANELS * PANEL) {
      vector16(a, b + <usize>(p * k) * 2, k, c + (<usize>p << 2));
    }
    if (bias) add(c, bias, c, p);
    if (activation) activate(c, p, c, p, 1, p, activation);
    if (residual) add(c, residual, c, p);
  }
  for (; p < n; p += WIDENED_PANELS * PANEL) {
    const columns = <usize>p << 2;
    const width = min(WIDENED_PANELS * PANEL, n - p);
    halvesToFloats(b + <usize>(p * k) * 2, k * paddedChannels(width), scratch);
    matmul(
      a, aStride, scratch, c + columns, cStride, m, k, width, bias ? bias + columns : 0, activation,
      residual ? residual + columns : 0, residualStride, 0, false,
    );
  }
}
