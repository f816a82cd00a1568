import { type BlockDecoder, float16Reader } from './block-decoder.ts';

// Block types with lookup tables. The tables are ggml's (ggml-common.h): Copyright (c) 2023-2026 The ggml authors, MIT licence,
// https://github.com/ggml-org/ggml/blob/master/LICENSE.

/** The values of 4-bit codes: a non-uniform grid, finer around zero. */
const IQ4_VALUES = Int8Array.of(-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113);

/** `f16 d; u8 qs[16]`: 32 elements; a byte holds elements j and j + 16. */
export const decodeIQ4_NL: BlockDecoder = (bytes, from, blocks, out, at) => {
  const half = float16Reader(bytes);
  for (let block = 0; block < blocks; block++, from += 18, at += 32) {
    decodeNibbles(bytes, from + 2, half(from), out, at);
  }
};

/** `f16 d; u16 scales_h; u8 scales_l[4]; u8 qs[128]`: eight sub-blocks of 32, scales of six bits. */
export const decodeIQ4_XS: BlockDecoder = (bytes, from, blocks, out, at) => {
  const half = float16Reader(bytes);
  for (let block = 0; block < blocks; block++, from += 136) {
    const d = half(from);
    for (let part = 0; part < 8; part++, at += 32) {
      const low = (bytes[from + 4 + (part >> 1)]! >> (4 * (part & 1))) & 15;
      const high = (bytes[from + 2 + (part >> 2)]! >> (2 * (part & 3))) & 3;
      decodeNibbles(bytes, from + 8 + part * 16, d * ((low | (high << 4)) - 32), out, at);
    }
  }
};

function decodeNibbles(bytes: Uint8Array, from: number, d: number, out: Float32Array, at: number): void {
  for (let j = 0; j < 16; j++) {
    const q = bytes[from + j]!;
    out[at + j] = d * IQ4_VALUES[q & 15]!;
    out[at + j + 16] = d * IQ4_VALUES[q >> 4]!;
  }
}

/**
 * `f16 d; u16 qs[32]`: eight bytes per 32 elements: four indices of grid points of eight elements each, 28 sign bits and a 4-bit scale.
 * Seven of eight signs are stored; the eighth makes the number of negative signs even.
 */
export const decodeIQ2_XXS: BlockDecoder = (bytes, from, blocks, out, at) => {
  const half = float16Reader(bytes);
  const points = unpackGrid();
  for (let block = 0; block < blocks; block++, from += 66) {
    const d = half(from);
    for (let part = from + 2; part < from + 66; part += 8) {
      const signs =
        bytes[part + 4]! | (bytes[part + 5]! << 8) | (bytes[part + 6]! << 16) | (bytes[part + 7]! << 24);
      const scale = d * (0.5 + (signs >>> 28)) * 0.25;
      for (let group = 0; group < 4; group++, at += 8) {
        const point = bytes[part + group]! * 8;
        let negative = (signs >>> (7 * group)) & 127;
        negative |= parity(negative) << 7;
        for (let j = 0; j < 8; j++) {
          const value = scale * points[point + j]!;
          out[at + j] = negative & (1 << j) ? -value : value;
        }
      }
    }
  }
};

function parity(bits: number): number {
  const folded = bits ^ (bits >> 4);
  return (0x6996 >> (folded & 15)) & 1;
}

/** 256 grid points of eight elements with two bits each, low bits first, as packed in ggml's Python package. */
const GRID =
  '00000200050008000a00110014002000220028002a00410044005000580061006400800082008a00a200010104011001' +
  '15014001840198010002020222028202010404041004210424044004420448046004810484049004a404000502050805' +
  '200546056905800591050906100640068406a406000805080808140828084108440850085208880804094009020a140a' +
  '01100410101021104010601084109010951000110811201150115a118011241245120014081420142514491480141815' +
  '6215001616160118041810184018811800190519a019511a002002200a20442061208020822029214821002202220124' +
  '04241024402456240025412564259026082820289428442a014004401040184021402440404048405640604081408440' +
  '904000412041614180418541014210424842564268420044084420448044994412452445004601480448104840484548' +
  '0049584961498249454a904a005008501150195020508050885004514251a4519152905492540a550156545600581158' +
  '195864584059085a04601060406068600061556118626062006405641065126584654268008002800a80418082800481' +
  '18814081118201840484108415844084608400854685948509864086608602880489118a0490109024904090a1901691' +
  '8091459200942294449451958198209902a050a085a009a100a218a450a804a9';
const GRID_VALUES = [8, 25, 43];

let unpacked: Uint8Array | undefined;

/** The grid points, `[256, 8]`, unpacked on first use. */
function unpackGrid(): Uint8Array {
  if (unpacked) return unpacked;
  const points = new Uint8Array(256 * 8);
  for (let i = 0; i < points.length; i++) {
    const byte = Number.parseInt(GRID.slice((i >> 2) * 2, (i >> 2) * 2 + 2), 16);
    points[i] = GRID_VALUES[(byte >> (2 * (i & 3))) & 3]!;
  }
  unpacked = points;
  return points;
}
