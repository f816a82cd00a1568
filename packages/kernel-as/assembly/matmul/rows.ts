// The number of rows of a tile as a type argument: `offsetof<R>()` is a compile-time constant in AssemblyScript, so that one
// source gives six kernels without branches or unused registers.
@unmanaged export class Rows1 { a: u8 }
@unmanaged export class Rows2 { a: u8; b: u8 }
@unmanaged export class Rows3 { a: u8; b: u8; c: u8 }
@unmanaged export class Rows4 { a: u8; b: u8; c: u8; d: u8 }
@unmanaged export class Rows5 { a: u8; b: u8; c: u8; d: u8; e: u8 }
@unmanaged export class Rows6 { a: u8; b: u8; c: u8; d: u8; e: u8; f: u8 }

/**
 * Rows of a full tile. Twelve accumulators, two loads of B and one broadcast of A use 15 of the 16 vector registers of x86.
 * Without fused multiply-add the product needs another register, and a sixth row would spill.
 */
// @ts-ignore: decorator
@inline
export const TILE_ROWS: i32 = ASC_FEATURE_RELAXED_SIMD ? 6 : 5;

/**
 * Rows of the next tile when `left` rows remain. If the last tile would have at most three rows, the last two tiles have
 * equally many: a tile of up to three rows takes as long as one of four, since its accumulators are too few to hide latency.
 */
// @ts-ignore: decorator
@inline
export function tileRows(left: i32): i32 {
  return left > TILE_ROWS && left <= TILE_ROWS + 3 ? (left + 1) >> 1 : min(left, TILE_ROWS);
}

/** Columns of a panel of packed B. */
// @ts-ignore: decorator
@inline
export const PANEL: i32 = 8;
