import { float16Bits } from '@headwise/core/internal';

// Weights as GGUF stores them (ggml's `quantize_row_q8_0_ref` and `quantize_row_q4_0_ref`).

/** Types of tensors by GGUF's numbers, and the numbers of files that consist of them (`general.file_type`). */
export const ggufTypes = {
  F32: { tensor: 0, file: 0 },
  Q8_0: { tensor: 8, file: 7 },
  Q4_0: { tensor: 2, file: 2 },
} as const;
export type GgufType = keyof typeof ggufTypes;

/** Values of a block. */
const BLOCK = 32;

/** Bytes of values in a type. Rows must be whole blocks. */
export function encodeBlocks(values: Float32Array, type: GgufType): Uint8Array {
  if (type === 'F32') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const bytesPerBlock = type === 'Q8_0' ? 34 : 18;
  const out = new Uint8Array((values.length / BLOCK) * bytesPerBlock);
  const view = new DataView(out.buffer);
  for (let from = 0, to = 0; from < values.length; from += BLOCK, to += bytesPerBlock) {
    if (type === 'Q8_0') encodeQ8(values, from, view, to);
    else encodeQ4(values, from, view, to);
  }
  return out;
}

/** The scale, largest magnitude / 127, and 32 integers. */
function encodeQ8(values: Float32Array, from: number, view: DataView, to: number): void {
  let most = 0;
  for (let i = from; i < from + BLOCK; i++) most = Math.max(most, Math.abs(values[i]!));
  const scale = most / 127;
  view.setUint16(to, float16Bits(scale), true);
  for (let i = 0; i < BLOCK; i++) view.setInt8(to + 2 + i, scale ? Math.round(values[from + i]! / scale) : 0);
}

/** The scale, -1/8 of the value with the largest magnitude, and 32 integers plus 8: the first 16 in low halves, the others in high halves. */
function encodeQ4(values: Float32Array, from: number, view: DataView, to: number): void {
  let most = 0;
  for (let i = from; i < from + BLOCK; i++) if (Math.abs(values[i]!) > Math.abs(most)) most = values[i]!;
  const scale = most / -8;
  view.setUint16(to, float16Bits(scale), true);
  const integer = (i: number) => (scale ? Math.min(15, Math.floor(values[from + i]! / scale + 8.5)) : 8);
  for (let i = 0; i < BLOCK / 2; i++) {
    view.setUint8(to + 2 + i, integer(i) | (integer(i + BLOCK / 2) << 4));
  }
}
