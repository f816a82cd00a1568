import { bytesOf } from './safetensors.ts';

// Encoders of GGUF's simplest types, as ggml's quantize_row_*_ref has them, and what they stand for, written out by their definition.

/** A number of 16 bits that is nearest to `value`, as its bits. */
export function toHalf(value: number): number {
  const [bits] = new Uint32Array(Float32Array.of(value).buffer) as unknown as [number];
  const sign = (bits >>> 16) & 0x8000;
  const size = Math.abs(value);
  if (size >= 65_520) return sign | 0x7c00;
  // Below 2^-14 the steps are all 2^-24 wide, above they double with the exponent.
  const step = size < 2 ** -14 ? 2 ** -24 : 2 ** (Math.floor(Math.log2(size)) - 10);
  const rounded = roundToEven(size / step) * step;
  if (rounded < 2 ** -14) return sign | (rounded / 2 ** -24);
  const exponent = Math.floor(Math.log2(rounded));
  return sign | ((exponent + 15) << 10) | ((rounded / 2 ** exponent - 1) * 1024);
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
      return bytesOf(Uint16Array.from(values, toHalf));
    case 'BF16':
      return bytesOf(Uint16Array.from(new Uint32Array(values.slice().buffer), (bits) => bits >>> 16));
    case 'Q8_0':
      return inBlocks(values, 34, (block, bytes) => {
        const d = block.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127;
        setHalf(bytes, d);
        for (const [j, value] of block.entries()) bytes[2 + j] = d === 0 ? 0 : Math.round(value / d);
      });
    case 'Q4_0':
      return inBlocks(values, 18, (block, bytes) => {
        const largest = block.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
        const d = largest / -8;
        setHalf(bytes, d);
        const quant = (value: number) => (d === 0 ? 8 : Math.min(15, Math.floor(value / d + 8.5)));
        for (let j = 0; j < 16; j++) bytes[2 + j] = quant(block[j]!) | (quant(block[j + 16]!) << 4);
      });
  }
}

/** What {@link encodeAs} keeps of the values. */
export function decodeAs(type: string, bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blocks = (size: number, quant: (at: number, j: number) => number) =>
    Float32Array.from({ length: (bytes.length / size) * 32 }, (_, i) => {
      const at = Math.floor(i / 32) * size;
      return fromHalf(view.getUint16(at, true)) * quant(at + 2, i % 32);
    });
  switch (type as Encoding) {
    case 'F32':
      return new Float32Array(bytes.slice().buffer);
    case 'F16':
      return Float32Array.from(new Uint16Array(bytes.slice().buffer), fromHalf);
    case 'BF16':
      return new Float32Array(Uint32Array.from(new Uint16Array(bytes.slice().buffer), (b) => b << 16).buffer);
    case 'Q8_0':
      return blocks(34, (at, j) => view.getInt8(at + j));
    case 'Q4_0':
      return blocks(18, (at, j) => (j < 16 ? bytes[at + j]! & 15 : bytes[at + j - 16]! >> 4) - 8);
  }
}

function inBlocks(
  values: Float32Array,
  size: number,
  encode: (block: Float32Array, bytes: Uint8Array) => void,
): Uint8Array {
  const bytes = new Uint8Array((values.length / 32) * size);
  for (let block = 0; block < values.length / 32; block++) {
    encode(values.subarray(block * 32, block * 32 + 32), bytes.subarray(block * size, (block + 1) * size));
  }
  return bytes;
}

function setHalf(bytes: Uint8Array, value: number): void {
  const half = toHalf(value);
  bytes[0] = half & 255;
  bytes[1] = half >> 8;
}
