// How many rows a tile has is a type argument, because AssemblyScript settles `offsetof<R>()` at compile time: one
// source gives six kernels, with no branch and no unused register in any of them.
@unmanaged export class Rows1 { a: u8 }
@unmanaged export class Rows2 { a: u8; b: u8 }
@unmanaged export class Rows3 { a: u8; b: u8; c: u8 }
@unmanaged export class Rows4 { a: u8; b: u8; c: u8; d: u8 }
@unmanaged export class Rows5 { a: u8; b: u8; c: u8; d: u8; e: u8 }
@unmanaged export class Rows6 { a: u8; b: u8; c: u8; d: u8; e: u8; f: u8 }

/**
 * Rows of the full tile. Twelve accumulators, two loads of B and one broadcast of A fill the sixteen vector registers of
 * x86; where multiply and add are two instructions, the product needs one more, and a sixth row would spill.
 */
// @ts-ignore: decorator
@inline
export const TILE_ROWS: i32 = ASC_FEATURE_RELAXED_SIMD ? 6 : 5;

/**
 * Rows of the next tile where so many are left. The last two tiles share theirs evenly if the last would have up to three: its accumulators
 * would be too few to keep the multipliers busy, and it would take as long as four rows.
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
