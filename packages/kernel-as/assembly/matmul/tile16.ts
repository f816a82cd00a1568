import { fma } from '../simd';
import { Rows1, Rows2, Rows3, Rows4, Rows5, Rows6, TILE_ROWS } from './rows';

// The tile of two neighbouring panels, for engines that join two neighbouring operations of 128 bits to one of 256. They join what ends in
// two stores 16 bytes apart, if nothing between the two differs: addresses are arguments, and there is no branch. What a call leaves out
// (sums to start from, bias, residual) is read from constants that change nothing.

/** 32 sums to start from. */
export const ZEROS = memory.data(128, 16);
/** 32 values of a bias or residual that is not there: x + −0 is x for every x; x + 0 is not, for −0. */
export const NEGATIVE_ZEROS = memory.data<f32>([
  -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0,
  -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0, -0.0,
], 16);

/** Whether a tile has a bias or a residual, as a type argument (see rows.ts). */
@unmanaged class Plain { a: u8 }
@unmanaged class Added { a: u8; b: u8 }

/**
 * One register tile of two panels: c[R, 16] = start + a[R, k] · b[k, 16] + bias + residual, with the sums of `tile`.
 *
 * @param a R rows, `lda` bytes apart, of k values, `step` bytes apart
 * @param b one packed panel; @param b1 the next; @param k rows of both
 * @param c R rows, `ldc` bytes apart, of 16 columns
 * @param start c, or `ZEROS` with `lds` 0; @param lds bytes between its rows
 * @param bias 16 values, or `NEGATIVE_ZEROS`
 * @param residual R rows, `ldr` bytes apart, of 16 columns; or `NEGATIVE_ZEROS` with `ldr` 0
 */
function tile16<R, P>(
  a: usize, lda: usize, step: usize, b: usize, b1: usize, k: i32, c: usize, ldc: usize, start: usize, lds: usize, bias: usize,
  residual: usize, ldr: usize,
): void {
  const a1 = lda, a2 = lda * 2, a3 = lda * 3, a4 = lda * 4, a5 = lda * 5;
  let c00 = v128.load(start), c01 = v128.load(start, 16), c02 = v128.load(start, 32), c03 = v128.load(start, 48);
  let c10 = c00, c11 = c01, c12 = c02, c13 = c03, c20 = c00, c21 = c01, c22 = c02, c23 = c03;
  let c30 = c00, c31 = c01, c32 = c02, c33 = c03, c40 = c00, c41 = c01, c42 = c02, c43 = c03;
  let c50 = c00, c51 = c01, c52 = c02, c53 = c03;
  if (offsetof<R>() > 1) { start += lds; c10 = v128.load(start); c11 = v128.load(start, 16); c12 = v128.load(start, 32); c13 = v128.load(start, 48); }
  if (offsetof<R>() > 2) { start += lds; c20 = v128.load(start); c21 = v128.load(start, 16); c22 = v128.load(start, 32); c23 = v128.load(start, 48); }
  if (offsetof<R>() > 3) { start += lds; c30 = v128.load(start); c31 = v128.load(start, 16); c32 = v128.load(start, 32); c33 = v128.load(start, 48); }
  if (offsetof<R>() > 4) { start += lds; c40 = v128.load(start); c41 = v128.load(start, 16); c42 = v128.load(start, 32); c43 = v128.load(start, 48); }
  if (offsetof<R>() > 5) { start += lds; c50 = v128.load(start); c51 = v128.load(start, 16); c52 = v128.load(start, 32); c53 = v128.load(start, 48); }

  for (const end = b + (<usize>k << 5); b < end;) {
    const p0 = v128.load(b), p1 = v128.load(b, 16), p2 = v128.load(b1), p3 = v128.load(b1, 16);
    let x = v128.load_splat<f32>(a);
    c00 = fma(x, p0, c00); c01 = fma(x, p1, c01); c02 = fma(x, p2, c02); c03 = fma(x, p3, c03);
    if (offsetof<R>() > 1) { x = v128.load_splat<f32>(a + a1); c10 = fma(x, p0, c10); c11 = fma(x, p1, c11); c12 = fma(x, p2, c12); c13 = fma(x, p3, c13); }
    if (offsetof<R>() > 2) { x = v128.load_splat<f32>(a + a2); c20 = fma(x, p0, c20); c21 = fma(x, p1, c21); c22 = fma(x, p2, c22); c23 = fma(x, p3, c23); }
    if (offsetof<R>() > 3) { x = v128.load_splat<f32>(a + a3); c30 = fma(x, p0, c30); c31 = fma(x, p1, c31); c32 = fma(x, p2, c32); c33 = fma(x, p3, c33); }
    if (offsetof<R>() > 4) { x = v128.load_splat<f32>(a + a4); c40 = fma(x, p0, c40); c41 = fma(x, p1, c41); c42 = fma(x, p2, c42); c43 = fma(x, p3, c43); }
    if (offsetof<R>() > 5) { x = v128.load_splat<f32>(a + a5); c50 = fma(x, p0, c50); c51 = fma(x, p1, c51); c52 = fma(x, p2, c52); c53 = fma(x, p3, c53); }
    a += step;
    b += 32;
    b1 += 32;
  }

  if (offsetof<P>() == offsetof<Plain>()) {
    storeRow16(c00, c01, c02, c03, c);
    if (offsetof<R>() > 1) storeRow16(c10, c11, c12, c13, c + ldc);
    if (offsetof<R>() > 2) storeRow16(c20, c21, c22, c23, c + ldc * 2);
    if (offsetof<R>() > 3) storeRow16(c30, c31, c32, c33, c + ldc * 3);
    if (offsetof<R>() > 4) storeRow16(c40, c41, c42, c43, c + ldc * 4);
    if (offsetof<R>() > 5) storeRow16(c50, c51, c52, c53, c + ldc * 5);
    return;
  }
  addRow16(c00, c01, c02, c03, bias, residual, c);
  if (offsetof<R>() > 1) addRow16(c10, c11, c12, c13, bias, residual + ldr, c + ldc);
  if (offsetof<R>() > 2) addRow16(c20, c21, c22, c23, bias, residual + ldr * 2, c + ldc * 2);
  if (offsetof<R>() > 3) addRow16(c30, c31, c32, c33, bias, residual + ldr * 3, c + ldc * 3);
  if (offsetof<R>() > 4) addRow16(c40, c41, c42, c43, bias, residual + ldr * 4, c + ldc * 4);
  if (offsetof<R>() > 5) addRow16(c50, c51, c52, c53, bias, residual + ldr * 5, c + ldc * 5);
}

// @ts-ignore: decorator
@inline
export function storeRow16(c0: v128, c1: v128, c2: v128, c3: v128, c: usize): void {
  v128.store(c, c0);
  v128.store(c, c1, 16);
  v128.store(c, c2, 32);
  v128.store(c, c3, 48);
}

/** c[16] = sums + bias + residual. All loads stand before the stores: c may be the residual. */
// @ts-ignore: decorator
@inline
export function addRow16(c0: v128, c1: v128, c2: v128, c3: v128, bias: usize, residual: usize, c: usize): void {
  const y0 = f32x4.add(f32x4.add(c0, v128.load(bias)), v128.load(residual));
  const y1 = f32x4.add(f32x4.add(c1, v128.load(bias, 16)), v128.load(residual, 16));
  const y2 = f32x4.add(f32x4.add(c2, v128.load(bias, 32)), v128.load(residual, 32));
  const y3 = f32x4.add(f32x4.add(c3, v128.load(bias, 48)), v128.load(residual, 48));
  storeRow16(y0, y1, y2, y3, c);
}

/**
 * `rowTile` for two neighbouring panels, with the same sums.
 *
 * @param panelBytes bytes between the panels
 */
export function rowTile16(
  rows: i32, a: usize, lda: usize, step: usize, panel: usize, panelBytes: usize, k: i32, c: usize, ldc: usize, accumulate: bool,
  bias: usize, residual: usize, ldr: usize,
): void {
  const start = accumulate ? c : ZEROS, lds = accumulate ? ldc : 0;
  if (!bias && !residual) {
    switchRows<Plain>(rows, a, lda, step, panel, panelBytes, k, c, ldc, start, lds, 0, 0, 0);
  } else {
    switchRows<Added>(
      rows, a, lda, step, panel, panelBytes, k, c, ldc, start, lds, bias ? bias : NEGATIVE_ZEROS,
      residual ? residual : NEGATIVE_ZEROS, residual ? ldr : 0,
    );
  }
}

// @ts-ignore: decorator
@inline
function switchRows<P>(
  rows: i32, a: usize, lda: usize, step: usize, panel: usize, panelBytes: usize, k: i32, c: usize, ldc: usize, start: usize, lds: usize,
  bias: usize, residual: usize, ldr: usize,
): void {
  const next = panel + panelBytes;
  switch (rows) {
    case 6: if (TILE_ROWS == 6) tile16<Rows6, P>(a, lda, step, panel, next, k, c, ldc, start, lds, bias, residual, ldr); break;
    case 5: tile16<Rows5, P>(a, lda, step, panel, next, k, c, ldc, start, lds, bias, residual, ldr); break;
    case 4: tile16<Rows4, P>(a, lda, step, panel, next, k, c, ldc, start, lds, bias, residual, ldr); break;
    case 3: tile16<Rows3, P>(a, lda, step, panel, next, k, c, ldc, start, lds, bias, residual, ldr); break;
    case 2: tile16<Rows2, P>(a, lda, step, panel, next, k, c, ldc, start, lds, bias, residual, ldr); break;
    default: tile16<Rows1, P>(a, lda, step, panel, next, k, c, ldc, start, lds, bias, residual, ldr); break;
  }
}
