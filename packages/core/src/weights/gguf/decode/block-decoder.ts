import { float16Table } from '../../convert.ts';

/**
 * Decodes `blocks` blocks that begin at byte `from` into `out`, from index `at` on. Every value is rounded to 32 bits once; ggml's own code
 * gives the same bits, for its intermediate products are exact.
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
