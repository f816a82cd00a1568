import { bytesOf } from './safetensors.ts';

// Encoders of GGUF's simplest types, as ggml's quantize_row_*_ref, and decoders by their definition.

const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

/** The bits of `value` as float16, rounded to nearest, ties to even. */
export function toHalf(value: number): number {
  float[0] = value;
  const sign = (word[0]! >>> 16) & 0x8000;
  const size = Math.abs(value);
  if (size >= 65_520) return sign | 0x7c00;
  // Below 2^-14 values are spaced by 2^-24, above the spacing doubles with the exponent. Rounding up may carry into the exponent.
  const exponent = Math.max(-14, ((word[0]! >>> 23) & 255) - 127);
  return sign | (roundToEven(size * 2 ** (10 - exponent)) + ((exponent + 14) << 10));
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

export function fromHalf(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const size = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return bits & 0x8000 ? -size : size;
}

type Encoding = 'F32' | 'F16' | 'BF16' | 'Q8_0' | 'Q4_0';

export function encodeAs(type: string, values: Float32Array): Uint8Array {
  switch (type as Encoding) {
    case 'F32':
      return bytesOf(values);
    case 'F16':
      return bytesOf(mapTo(new Uint16Array(values.length), (i) => toHalf(values[i]!)));
    case 'BF16': {
      const bits = new Uint32Array(values.slice().buffer);
      return bytesOf(mapTo(new Uint16Array(bits.length), (i) => bits[i]! >>> 16));
    }
    case 'Q8_0':
      return inBlocks(values, 34, (from, bytes, at) => {
        const d = Math.abs(largestOf(values, from)) / 127;
        setHalf(bytes, at, d);
        for (let j = 0; j < 32; j++) bytes[at + 2 + j] = d === 0 ? 0 : Math.round(values[from + j]! / d);
      });
    case 'Q4_0':
      return inBlocks(values, 18, (from, bytes, at) => {
        const d = largestOf(values, from) / -8;
        setHalf(bytes, at, d);
        const quant = (j: number) => (d === 0 ? 8 : Math.min(15, Math.floor(values[from + j]! / d + 8.5)));
        for (let j = 0; j < 16; j++) bytes[at + 2 + j] = quant(j) | (quant(j + 16) << 4);
      });
  }
}

/** The inverse of {@link encodeAs}, up to rounding. */
export function decodeAs(type: string, bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blocks = (size: number, quant: (at: number, j: number) => number) =>
    mapTo(new Float32Array((bytes.length / size) * 32), (i) => {
      const at = Math.floor(i / 32) * size;
      return fromHalf(view.getUint16(at, true)) * quant(at + 2, i % 32);
    });
  switch (type as Encoding) {
    case 'F32':
      return new Float32Array(bytes.slice().buffer);
    case 'F16':
      return mapTo(new Float32Array(bytes.length / 2), (i) => fromHalf(view.getUint16(2 * i, true)));
    case 'BF16':
      return new Float32Array(
        mapTo(new Uint32Array(bytes.length / 2), (i) => view.getUint16(2 * i, true) << 16).buffer,
      );
    case 'Q8_0':
      return blocks(34, (at, j) => view.getInt8(at + j));
    case 'Q4_0':
      return blocks(18, (at, j) => (j < 16 ? bytes[at + j]! & 15 : bytes[at + j - 16]! >> 4) - 8);
  }
}

/** Fills an array by index; ten times as fast as `from`. */
function mapTo<A extends Float32Array | Uint16Array | Uint32Array>(
  array: A,
  value: (i: number) => number,
): A {
  for (let i = 0; i < array.length; i++) array[i] = value(i);
  return array;
}

function inBlocks(
  values: Float32Array,
  size: number,
  encode: (from: number, bytes: Uint8Array, at: number) => void,
): Uint8Array {
  const bytes = new Uint8Array((values.length / 32) * size);
  for (let block = 0; block < values.length / 32; block++) encode(block * 32, bytes, block * size);
  return bytes;
}

/** The value of a block with the largest magnitude. */
function largestOf(values: Float32Array, from: number): number {
  let largest = 0;
  for (let j = 0; j < 32; j++) {
    if (Math.abs(values[from + j]!) > Math.abs(largest)) largest = values[from + j]!;
  }
  return largest;
}

function setHalf(bytes: Uint8Array, at: number, value: number): void {
  const half = toHalf(value);
  bytes[at] = half & 255;
  bytes[at + 1] = half >> 8;
}
