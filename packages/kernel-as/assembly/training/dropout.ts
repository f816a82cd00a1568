// Dropout with a counter-based generator: the bits of a value are a function of the key and the value's index, so that no mask is stored,
// and the backward pass computes the same one. The generator is that of @headwise/core (train/dropout/mask.ts).

/** The finaliser of murmur3 (Appleby 2011), a bijection of 32-bit integers. */
// @ts-ignore: decorator
@inline
function mix(x: v128): v128 {
  let h = i32x4.mul(v128.xor(x, i32x4.shr_u(x, 16)), i32x4.splat(0x85ebca6b));
  h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 13)), i32x4.splat(0xc2b2ae35));
  return v128.xor(h, i32x4.shr_u(h, 16));
}

/** All bits of the lanes whose values are kept. */
// @ts-ignore: decorator
@inline
function kept(index: v128, key: i32, threshold: v128): v128 {
  const bits = mix(i32x4.add(mix(v128.xor(index, i32x4.splat(key))), i32x4.splat(key * 0x85ebca6b)));
  return i32x4.ge_u(bits, threshold);
}

/**
 * Dropout (Srivastava et al. 2014): to[rows, n] += factor · from[rows, n] where the value is kept, nothing where it is dropped. For the
 * output (into zeros) and, with the same key, for the gradient. Strides are in elements. The index of a value is row · n + column, modulo 2³².
 *
 * @param key selects the mask
 * @param threshold values whose 32 bits are below are dropped: the rate times 2³²
 * @param factor 1 / (1 − rate)
 */
export function addDropout(
  from: usize, fromStride: i32, to: usize, toStride: i32, rows: i32, n: i32, key: i32, threshold: f64, factor: f32,
): void {
  if (threshold >= 4294967296) return;
  const limit = i32x4.splat(<i32>(<u32>threshold)), factors = f32x4.splat(factor);
  const whole = <usize>(n & ~3) << 2, all = <usize>n << 2;
  const four = i32x4.splat(4);
  for (let r = 0; r < rows; r++) {
    let index = i32x4.add(i32x4.splat(r * n), i32x4(0, 1, 2, 3));
    let i: usize = 0;
    for (; i < whole; i += 16) {
      const value = v128.and(f32x4.mul(v128.load(from + i), factors), kept(index, key, limit));
      v128.store(to + i, f32x4.add(v128.load(to + i), value));
      index = i32x4.add(index, four);
    }
    for (let last = r * n + (n & ~3); i < all; i += 4) {
      const keep = i32x4.extract_lane(kept(i32x4.splat(last), key, limit), 0);
      if (keep) f32.store(to + i, f32.load(to + i) + f32.load(from + i) * factor);
      last++;
    }
    from += <usize>fromStride << 2;
    to += <usize>toStride << 2;
  }
}
