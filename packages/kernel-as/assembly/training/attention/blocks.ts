import { expNonPositive4 } from '../../math';
import { maxLanes, sumLanes } from '../../simd';
import { TILE_ROWS } from '../../matmul/rows';

// Row by row passes over a block of scores, [QUERY_BLOCK, KEY_BLOCK] and dense.

/** Queries of a block. */
// @ts-ignore: decorator
@inline
export const QUERY_BLOCK: i32 = TILE_ROWS * 8;
/** Keys of a block: whole tiles of rows, since keys are the rows of the gradients of keys and values, and whole panels. */
// @ts-ignore: decorator
@inline
export const KEY_BLOCK: i32 = TILE_ROWS * 8;
/** Bytes between rows of a block of scores. */
// @ts-ignore: decorator
@inline
export const BLOCK_ROW: usize = <usize>KEY_BLOCK << 2;
/** Bytes of a block of scores. */
// @ts-ignore: decorator
@inline
export const BLOCK_BYTES: usize = <usize>QUERY_BLOCK * BLOCK_ROW;

/** n rounded up to whole panels. */
// @ts-ignore: decorator
@inline
export function padded(n: i32): i32 {
  return (n + 7) & ~7;
}

/** The largest of `maximum` and the scores of a row. A NaN may be ignored: the exponentials propagate it. */
// @ts-ignore: decorator
@inline
export function blockRowMax(row: usize, maximum: f32): f32 {
  let m0 = f32x4.splat(maximum), m1 = m0;
  for (const end = row + BLOCK_ROW; row < end; row += 32) {
    m0 = f32x4.pmax(m0, v128.load(row));
    m1 = f32x4.pmax(m1, v128.load(row, 16));
  }
  return maxLanes(f32x4.pmax(m0, m1));
}

/** row ← e^(row − shift). Returns the sum. */
// @ts-ignore: decorator
@inline
export function blockRowExp(row: usize, shift: f32): f32 {
  const s = f32x4.splat(shift);
  let s0 = f32x4.splat(0), s1 = s0;
  for (const end = row + BLOCK_ROW; row < end; row += 32) {
    const y0 = expNonPositive4(f32x4.sub(v128.load(row), s));
    const y1 = expNonPositive4(f32x4.sub(v128.load(row, 16), s));
    v128.store(row, y0);
    v128.store(row, y1, 16);
    s0 = f32x4.add(s0, y0);
    s1 = f32x4.add(s1, y1);
  }
  return sumLanes(f32x4.add(s0, s1));
}

/** The gradient of softmax in place: row ← weights · (row − dot). */
// @ts-ignore: decorator
@inline
export function blockRowGradient(row: usize, weights: usize, dot: f32): void {
  const d = f32x4.splat(dot);
  for (const end = row + BLOCK_ROW; row < end; row += 32) {
    v128.store(row, f32x4.mul(v128.load(weights), f32x4.sub(v128.load(row), d)));
    v128.store(row, f32x4.mul(v128.load(weights, 16), f32x4.sub(v128.load(row, 16), d)), 16);
    weights += 32;
  }
}

/** Fills the scores of a row outside [lo, hi) with −∞. */
export function blockRowMask(row: usize, lo: i32, hi: i32): void {
  for (let at = row, end = row + (<usize>lo << 2); at < end; at += 4) f32.store(at, -Infinity);
  for (let at = row + (<usize>hi << 2), end = row + BLOCK_ROW; at < end; at += 4) f32.store(at, -Infinity);
}

/** Number of blocks of keys. */
// @ts-ignore: decorator
@inline
export function keyBlocks(keys: i32): i32 {
  return (keys + KEY_BLOCK - 1) / KEY_BLOCK;
}
