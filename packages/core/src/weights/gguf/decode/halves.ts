import { float16Table } from '../../convert.ts';

/** Reads numbers of 16 bits out of blocks, which need not be aligned. */
export function halfReader(bytes: Uint8Array): (at: number) => number {
  const table = float16Table();
  return (at) => table[bytes[at]! | (bytes[at + 1]! << 8)]!;
}
