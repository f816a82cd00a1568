import { type BlockDecoder, float16Reader } from './block-decoder.ts';

// Blocks of 32 elements. A byte holds the low four bits of elements j and j + 16; the fifth bits are stored separately. The block layouts
// are the structs of ggml's ggml-common.h.

/** `f16 d; u8 qs[16]`: d · (q − 8) */
export const decodeQ4_0: BlockDecoder = (bytes, from, blocks, out, at) => {
  const half = float16Reader(bytes);
  for (let block = 0; block < blocks; block++, from += 18, at += 32) {
    const d = half(from);
    for (let j = 0; j < 16; j++) {
      const q = bytes[from + 2 + j]!;
      out[at + j] = d * ((q & 15) - 8);
      out[at + j + 16] = d * ((q >> 4) - 8);
    }
  }
};

/** `f16 d, m; u8 qs[16]`: d · q + m */
export const decodeQ4_1: BlockDecoder = (bytes, from, blocks, out, at) => {
  const half = float16Reader(bytes);
  for (let block = 0; block < blocks; block++, from += 20, at += 32) {
    const d = half(from);
    const m = half(from + 2);
    for (let j = 0; j < 16; j++) {
      const q = bytes[from + 4 + j]!;
      out[at + j] = d * (q & 15) + m;
      out[at + j + 16] = d * (q >> 4) + m;
    }
  }
};

/** `f16 d; u32 qh; u8 qs[16]`: d · (q − 16) */
export const decodeQ5_0: BlockDecoder = (bytes, from, blocks, out, at) => {
  const half = float16Reader(bytes);
  for (let block = 0; block < blocks; block++, from += 22, at += 32) {
    const d = half(from);
    const high = readUint32(bytes, from + 2);
    for (let j = 0; j < 16; j++) {
      const q = bytes[from + 6 + j]!;
      out[at + j] = d * (((q & 15) | (((high >>> j) & 1) << 4)) - 16);
      out[at + j + 16] = d * (((q >> 4) | (((high >>> (j + 16)) & 1) << 4)) - 16);
    }
  }
};

/** `f16 d, m; u32 qh; u8 qs[16]`: d · q + m */
export const decodeQ5_1: BlockDecoder = (bytes, from, blocks, out, at) => {
  const half = float16Reader(bytes);
  for (let block = 0; block < blocks; block++, from += 24, at += 32) {
    const d = half(from);
    const m = half(from + 2);
    const high = readUint32(bytes, from + 4);
    for (let j = 0; j < 16; j++) {
      const q = bytes[from + 8 + j]!;
      out[at + j] = d * ((q & 15) | (((high >>> j) & 1) << 4)) + m;
      out[at + j + 16] = d * ((q >> 4) | (((high >>> (j + 16)) & 1) << 4)) + m;
    }
  }
};

/** `f16 d; i8 qs[32]`: d · q */
export const decodeQ8_0: BlockDecoder = (bytes, from, blocks, out, at) => {
  const half = float16Reader(bytes);
  for (let block = 0; block < blocks; block++, from += 34, at += 32) {
    const d = half(from);
    for (let j = 0; j < 32; j++) out[at + j] = d * ((bytes[from + 2 + j]! << 24) >> 24);
  }
};

function readUint32(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}
