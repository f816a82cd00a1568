import { float16Table } from '../../convert.ts';

/**
 * Decodes `blocks` blocks at byte `from` to `out`, starting at index `at`. Each value is rounded to 32 bits once. The results are
 * bit-identical to ggml's, whose intermediate products are exact.
 */
export type BlockDecoder = (
  bytes: Uint8Array,
  from: number,
  blocks: number,
  out: Float32Array,
  at: number,
) => void;

/** Reads little-endian float16 values at byte offsets that need not be aligned. */
export function float16Reader(bytes: Uint8Array): (at: number) => number {
  const table = float16Table();
  return (at) => table[bytes[at]! | (bytes[at + 1]! << 8)]!;
}
