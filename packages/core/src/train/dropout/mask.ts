/**
 * A 32-bit key from integers: seed, step, and position in the run. Each is mixed in by murmur3's finaliser, so that keys of neighbouring
 * positions are unrelated.
 */
export function dropoutKey(...parts: readonly number[]): number {
  let key = 0x9e3779b9;
  for (const part of parts) key = mix(key ^ mix((part + 0x632be5ab) | 0));
  return key >>> 0;
}

/**
 * Pseudorandom bits of value `index`: a counter-based generator, which needs no state and no stored mask. Two rounds of the finaliser, with
 * the key before and between them.
 */
export function dropoutBits(key: number, index: number): number {
  return mix(mix((index ^ key) | 0) + Math.imul(key, 0x85ebca6b)) >>> 0;
}

/** Values whose bits are below this are dropped. */
export function dropoutThreshold(rate: number): number {
  return Math.round(rate * 2 ** 32);
}

/** The finaliser of murmur3 (Appleby 2011), a bijection of 32-bit integers. */
function mix(x: number): number {
  let h = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
