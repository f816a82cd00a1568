import { addRows, copyRows, edge } from '../matmul/edge';
import { GROUP_BYTES, matmul, matmulScratch, ROW_BLOCK, rowTile } from '../matmul/matmul';
import { packColumns, packedBytes } from '../matmul/pack';
import { PANEL, tileRows } from '../matmul/rows';

/**
 * Terms of a sum that are added in registers before they are added to the output. Blocks keep the tile of A and a panel of B in the
 * first-level cache, and the rounding errors of long sums small: the error is that of two sums, of `BLOCK` terms and of the number of blocks.
 */
const BLOCK: i32 = 512;

/** Bytes of scratch memory for `linearInputGradient`. */
export function linearInputGradientScratch(rows: i32, outFeatures: i32, inFeatures: i32): usize {
  const k = min(outFeatures, BLOCK);
  return packedBytes(k, inFeatures) + matmulScratch(rows, k, inFeatures);
}

/**
 * The gradient of the input of a linear layer: dx[rows, in] += dy[rows, out] · w[out, in].
 *
 * @param scratch `linearInputGradientScratch` bytes
 * @param overwrite whether dx has no values yet; not with 0 output features
 */
export function linearInputGradient(
  dy: usize, dyStride: i32, w: usize, wStride: i32, dx: usize, dxStride: i32,
  rows: i32, outFeatures: i32, inFeatures: i32, scratch: usize, overwrite: bool,
): void {
  const packedRows = scratch + packedBytes(min(outFeatures, BLOCK), inFeatures);
  for (let first = 0; first < outFeatures; first += BLOCK) {
    const k = min(BLOCK, outFeatures - first);
    packColumns(w + (<usize>first * <usize>wStride << 2), wStride, k, inFeatures, scratch);
    matmul(
      dy + (<usize>first << 2), dyStride, scratch, dx, dxStride, rows, k, inFeatures, 0, 0, overwrite && first == 0 ? 0 : dx, dxStride,
      matmulScratch(rows, k, inFeatures) ? packedRows : 0, false,
    );
  }
}

/** Bytes of scratch memory for `linearWeightGradient`. */
export function linearWeightGradientScratch(rows: i32, outFeatures: i32, inFeatures: i32): usize {
  const k = min(rows, BLOCK);
  return packedBytes(k, inFeatures) + (<usize>(min(outFeatures, ROW_BLOCK) * k) << 2);
}

/**
 * The gradient of the weight of a linear layer: dw[out, in] += dyᵀ · x, with dy[rows, out] and x[rows, in].
 *
 * @param scratch `linearWeightGradientScratch` bytes
 */
export function linearWeightGradient(
  x: usize, xStride: i32, dy: usize, dyStride: i32, dw: usize, dwStride: i32,
  rows: i32, outFeatures: i32, inFeatures: i32, scratch: usize,
): void {
  const tiles = scratch + packedBytes(min(rows, BLOCK), inFeatures);
  for (let first = 0; first < rows; first += BLOCK) {
    const k = min(BLOCK, rows - first);
    packColumns(x + (<usize>first * <usize>xStride << 2), xStride, k, inFeatures, scratch);
    const from = dy + (<usize>first * <usize>dyStride << 2);
    for (let top = 0; top < outFeatures; top += ROW_BLOCK) {
      const m = min(ROW_BLOCK, outFeatures - top);
      packTransposed(from + (<usize>top << 2), dyStride, m, k, tiles);
      addProduct(tiles, scratch, dw + (<usize>top * <usize>dwStride << 2), dwStride, m, k, inFeatures);
    }
  }
}

/** The transpose of a[k, m] → out[tile][k][rows of the tile], as `packTiles` packs a matrix [m, k]. */
function packTransposed(a: usize, aStride: i32, m: i32, k: i32, out: usize): void {
  const step = <usize>aStride << 2;
  for (let p = 0; p < k; p++) {
    let from = a, tile = out;
    for (let i = 0, rows = 0; i < m; i += rows) {
      rows = tileRows(m - i);
      const to = tile + <usize>(p * rows << 2);
      let j: usize = 0;
      const bytes = <usize>rows << 2;
      if (rows >= 4) { v128.store(to, v128.load(from)); j = 16; }
      for (; j < bytes; j += 4) f32.store(to + j, f32.load(from + j));
      from += bytes;
      tile += bytes * <usize>k;
    }
    a += step;
  }
}

/** c[m, n] += a · b, with a[m, k] packed into tiles and b[k, n] into panels. */
function addProduct(a: usize, b: usize, c: usize, cStride: i32, m: i32, k: i32, n: i32): void {
  const ldc = <usize>cStride << 2, panelBytes = <usize>k << 5;
  const group = max(1, GROUP_BYTES / (k * PANEL * 4)) * PANEL;
  for (let p = 0; p < n; p += group) {
    const stop = min(n, p + group);
    for (let i = 0, rows = 0; i < m; i += rows) {
      rows = tileRows(m - i);
      const tile = a + (<usize>(i * k) << 2), step = <usize>rows << 2;
      let panel = b + ((<usize>p * <usize>k) << 2);
      for (let q = p; q < stop; q += PANEL) {
        const to = c + <usize>i * ldc + (<usize>q << 2);
        if (q + PANEL <= n) {
          rowTile(rows, tile, 4, step, panel, k, to, ldc, false, 0, to, ldc);
        } else {
          rowTile(rows, tile, 4, step, panel, k, edge, 32, false, 0, 0, 0);
          addRows(edge, 32, to, ldc, rows, n - q);
          copyRows(edge, 32, to, ldc, rows, n - q);
        }
        panel += panelBytes;
      }
    }
  }
}

/** The gradient of a bias: out[n] += the sum of the rows of x[rows, n], in float64. */
export function addColumnSums(x: usize, xStride: i32, rows: i32, n: i32, out: usize): void {
  const step = <usize>xStride << 2;
  let j = 0;
  for (; j + 8 <= n; j += 8) {
    let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0;
    let from = x;
    for (let r = 0; r < rows; r++) {
      s0 = f64x2.add(s0, f64x2.promote_low_f32x4(v128.load64_zero(from)));
      s1 = f64x2.add(s1, f64x2.promote_low_f32x4(v128.load64_zero(from, 8)));
      s2 = f64x2.add(s2, f64x2.promote_low_f32x4(v128.load64_zero(from, 16)));
      s3 = f64x2.add(s3, f64x2.promote_low_f32x4(v128.load64_zero(from, 24)));
      from += step;
    }
    addHalf(out, s0); addHalf(out + 8, s1); addHalf(out + 16, s2); addHalf(out + 24, s3);
    x += 32;
    out += 32;
  }
  for (; j < n; j++) {
    let sum: f64 = 0, from = x;
    for (let r = 0; r < rows; r++) {
      sum += f32.load(from);
      from += step;
    }
    f32.store(out, <f32>(<f64>f32.load(out) + sum));
    x += 4;
    out += 4;
  }
}

/** Adds two float64 sums to two f32 values. */
// @ts-ignore: decorator
@inline
function addHalf(to: usize, sums: v128): void {
  const sum = f64x2.add(f64x2.promote_low_f32x4(v128.load64_zero(to)), sums);
  v128.store64_lane(to, f32x4.demote_f64x2_zero(sum), 0);
}
