import { type BlockDecoder, float16Reader } from './block-decoder.ts';

// K-quants: blocks of 256 elements with sub-blocks that have scales and, for some types, minima of a few bits each. The block layouts are
// the structs of ggml's ggml-common.h.

/** `u8 scales[16]; u8 qs[64]; f16 d, dmin`: 16 sub-blocks of 16, scale and minimum of four bits each. */
export const decodeQ2_K: BlockDecoder = (bytes, from, blocks, out, at) => {
  const half = float16Reader(bytes);
  for (let block = 0; block < blocks; block++, from += 84) {
    const d = half(from + 80);
    const dmin = half(from + 82);
    for (let part = 0; part < 16; part++, at += 16) {
      const scale = bytes[from + part]!;
      const dl = d * (scale & 15);
      const ml = dmin * (scale >> 4);
      // 32 bytes hold eight sub-blocks: two adjacent ones of 16 bytes, four in the bit pairs of each byte.
      const qs = from + 16 + (part >> 3) * 32 + (part & 1) * 16;
      const shift = part & 6;
      for (let j = 0; j < 16; j++) out[at + j] = dl * ((bytes[qs + j]! >> shift) & 3) - ml;
    }
  }
};

/** `u8 hmask[32]; u8 qs[64]; u8 scales[12]; f16 d`: 16 sub-blocks of 16, scales of six bits. */
export const decodeQ3_K: BlockDecoder = (bytes, from, blocks, out, at) => {
  const half = float16Reader(bytes);
  for (let block = 0; block < blocks; block++, from += 110) {
    const d = half(from + 108);
    const scales = from + 96;
    for (let part = 0; part < 16; part++, at += 16) {
      // The low four bits are in the first eight bytes, the high two bits in the last four.
      const low = (bytes[scales + (part & 7)]! >> (part & 8 ? 4 : 0)) & 15;
      const high = (bytes[scales + 8 + (part & 3)]! >> (2 * (part >> 2))) & 3;
      const dl = d * ((low | (high << 4)) - 32);
      const side = (part & 1) * 16;
      const qs = from + 32 + (part >> 3) * 32 + side;
      const shift = part & 6;
      const mask = 1 << (part >> 1);
      for (let j = 0; j < 16; j++) {
        const q = (bytes[qs + j]! >> shift) & 3;
        out[at + j] = dl * (bytes[from + side + j]! & mask ? q : q - 4);
      }
    }
  }
};

/** `f16 d, dmin; u8 scales[12]; u8 qs[128]`: eight sub-blocks of 32, scale and minimum of six bits each. */
export const decodeQ4_K: BlockDecoder = (bytes, from, blocks, out, at) => {
  const half = float16Reader(bytes);
  for (let block = 0; block < blocks; block++, from += 144) {
    const d = half(from);
    const dmin = half(from + 2);
    for (let part = 0; part < 8; part++, at += 32) {
      const dl = d * subBlockScale(bytes, from + 4, part);
      const ml = dmin * subBlockMin(bytes, from + 4, part);
      const qs = from + 16 + (part >> 1) * 32;
      const shift = (part & 1) * 4;
      for (let j = 0; j < 32; j++) out[at + j] = dl * ((bytes[qs + j]! >> shift) & 15) - ml;
    }
  }
};

/** `f16 d, dmin; u8 scales[12]; u8 qh[32]; u8 qs[128]`: as Q4_K, with a fifth bit per element. */
export const decodeQ5_K: BlockDecoder = (bytes, from, blocks, out, at) => {
  const half = float16Reader(bytes);
  for (let block = 0; block < blocks; block++, from += 176) {
    const d = half(from);
    const dmin = half(from + 2);
    for (let part = 0; part < 8; part++, at += 32) {
      const dl = d * subBlockScale(bytes, from + 4, part);
      const ml = dmin * subBlockMin(bytes, from + 4, part);
      const qh = from + 16;
      const qs = from + 48 + (part >> 1) * 32;
      const shift = (part & 1) * 4;
      for (let j = 0; j < 32; j++) {
        const high = (bytes[qh + j]! >> part) & 1;
        out[at + j] = dl * (((bytes[qs + j]! >> shift) & 15) | (high << 4)) - ml;
      }
    }
  }
};

/** `u8 ql[128]; u8 qh[64]; i8 scales[16]; f16 d`: 16 sub-blocks of 16. */
export const decodeQ6_K: BlockDecoder = (bytes, from, blocks, out, at) => {
  const half = float16Reader(bytes);
  for (let block = 0; block < blocks; block++, from += 210) {
    const d = half(from + 208);
    for (let part = 0; part < 16; part++, at += 16) {
      const dl = d * ((bytes[from + 192 + part]! << 24) >> 24);
      const inHalf = part & 7;
      // Each half of 128 elements: 64 bytes hold the low four bits of two groups of 64 elements, 32 bytes the high two bits of all.
      const ql = from + (part >> 3) * 64 + (inHalf & 3) * 16;
      const qh = from + 128 + (part >> 3) * 32 + (inHalf & 1) * 16;
      const shiftLow = inHalf & 4;
      const shiftHigh = inHalf & 6;
      for (let j = 0; j < 16; j++) {
        const low = (bytes[ql + j]! >> shiftLow) & 15;
        const high = (bytes[qh + j]! >> shiftHigh) & 3;
        out[at + j] = dl * ((low | (high << 4)) - 32);
      }
    }
  }
};

/**
 * The 6-bit scale of a sub-block. Sub-blocks 0 to 3: the low six bits of bytes 0 to 3. Sub-blocks 4 to 7: low four bits in bytes 8 to 11,
 * high two bits in the high bits of bytes 0 to 3.
 */
function subBlockScale(bytes: Uint8Array, scales: number, part: number): number {
  if (part < 4) return bytes[scales + part]! & 63;
  return (bytes[scales + part + 4]! & 15) | ((bytes[scales + part - 4]! >> 6) << 4);
}

/** The 6-bit minimum of a sub-block, as {@link subBlockScale} with bytes 4 to 7 and the high four bits of bytes 8 to 11. */
function subBlockMin(bytes: Uint8Array, scales: number, part: number): number {
  if (part < 4) return bytes[scales + part + 4]! & 63;
  return (bytes[scales + part + 4]! >> 4) | ((bytes[scales + part]! >> 6) << 4);
}
