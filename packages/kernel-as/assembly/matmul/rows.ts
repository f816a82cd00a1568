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

/** Columns of a panel of packed B. */
// @ts-ignore: decorator
@inline
export const PANEL: i32 = 8;
