import { copyRows, edge } from '../matmul/edge';
import { matmul, rowTile } from '../matmul/matmul';
import { packColumns, packedBytes, packRows } from '../matmul/pack';
import { PANEL, TILE_ROWS, tileRows } from '../matmul/rows';
import { rowTile16 } from '../matmul/tile16';
import { scaleRow } from '../softmax';
import { WIDE } from '../width';
import { addBias } from './bias';
import { capRow } from './cap';
import { onlineSoftmaxUpdate } from './online-softmax';
import { repairContext, repairRow } from './repair';
import { decodeAttention, DECODE_SCRATCH, isDecode } from './decode-attention';
import { endKey, firstKey } from './mask';

/** Rows of the blocks of `attentionScores`. */
const QUERY_BLOCK: i32 = TILE_ROWS * 32;
/** Rows (query × head of a group) for which keys and values are packed once. Their state of the softmax is kept meanwhile. */
const STATE_ROWS: i32 = 4096;
const KEY_BLOCK: i32 = 256;
/** State of a row in bytes: maximum (0) and sum of its online softmax. */
const ROW_STATE: usize = 8;
const SUM: usize = 4;
/** Bytes between rows of scores. */
const SCORE_ROW: usize = <usize>KEY_BLOCK << 2;

/** Bytes of scratch memory for `attention`, `attentionScores` and `attentionContext`. They do not depend on the lengths. */
export function attentionScratch(headDim: i32, valueDim: i32): i32 {
  const floats = QUERY_BLOCK * headDim + TILE_ROWS * KEY_BLOCK + 2 * STATE_ROWS;
  return max(
    DECODE_SCRATCH, (floats << 2) + <i32>packedBytes(headDim, KEY_BLOCK) + <i32>packedBytes(KEY_BLOCK, valueDim),
  );
}

/**
 * softmax(cap(q · kᵀ · scale) + bias) · v for each head, one block of queries × keys at a time (FlashAttention, Dao et al. 2022)
 * with an online softmax (Milakov & Gimelshein 2018): the whole score matrix is never stored. A query without visible keys
 * gives zeros. A masked key has no effect, whatever its values are, also if a bias of −∞ masks it.
 *
 * Products leave out the keys that the mask or the beginning or end of the bias hides from all queries of a register tile.
 *
 * Rows are `…Stride` elements apart, so that q, k and v may be columns of one projection, and k and v rows of a cache.
 *
 * @param q [queries, heads · headDim]; @param k [keys, heads/group · headDim]; @param v [keys, heads/group · valueDim]
 * @param out [queries, heads · valueDim]
 * @param group query heads per key-value head
 * @param bias added to the scaled scores at bias + head · biasHead + query · biasRow + key (elements), or 0
 * @param before keys before a query's position that are visible, @param after keys after it; see mask.ts
 * @param shift position of the first query among the keys
 * @param softCap bound of the scores: cap(s) = softCap · tanh(s / softCap), or 0 for none
 * @param scratch attentionScratch(headDim, valueDim) bytes
 */
export function attention(
  q: usize, qStride: i32, k: usize, kStride: i32, v: usize, vStride: i32, out: usize, outStride: i32,
  queries: i32, keys: i32, heads: i32, group: i32, headDim: i32, valueDim: i32, scale: f32,
  bias: usize, biasHead: i32, biasRow: i32, before: i32, after: i32, shift: i32, softCap: f32, scratch: usize,
): void {
  if (isDecode(queries, group)) {
    decodeAttention(
      q, qStride, k, kStride, v, vStride, out, outStride, queries, keys, heads, group, headDim, valueDim, scale,
      bias, biasHead, biasRow, before, after, shift, softCap, scratch,
    );
    return;
  }
  const scaled = scratch;
  const scores = scaled + (<usize>(TILE_ROWS * headDim) << 2);
  const state = scores + <usize>TILE_ROWS * SCORE_ROW;
  const packedKeys = state + <usize>STATE_ROWS * ROW_STATE;
  const packedValues = packedKeys + packedBytes(headDim, KEY_BLOCK);
  const once = keys <= KEY_BLOCK;
  // Heads of a group that share packed keys, and queries of each.
  const together = min(group, STATE_ROWS / 64);
  const most = STATE_ROWS / together;

  for (let h0 = 0; h0 < heads; h0 += min(together, group - h0 % group)) {
    const hEnd = h0 + min(together, group - h0 % group);
    const kh = k + (<usize>(h0 / group * headDim) << 2);
    const vh = v + (<usize>(h0 / group * valueDim) << 2);
    for (let q0 = 0; q0 < queries; q0 += most) {
      const qEnd = min(queries, q0 + most);
      for (let h = h0, row = state; h < hEnd; h++) {
        for (let i = q0; i < qEnd; i++) {
          f32.store(row, -Infinity);
          f32.store(row, 0, SUM);
          memory.fill(out + (<usize>(i * outStride + h * valueDim) << 2), 0, <usize>valueDim << 2);
          row += ROW_STATE;
        }
      }
      const first = firstKey(q0 + shift, before, keys);
      const end = endKey(qEnd - 1 + shift, after, keys);
      for (let k0 = first - first % KEY_BLOCK; k0 < end; k0 += KEY_BLOCK) {
        const columns = min(KEY_BLOCK, keys - k0);
        if (!once || !q0) {
          packRows(kh + (<usize>(k0 * kStride) << 2), kStride, headDim, columns, packedKeys);
          packColumns(vh + (<usize>(k0 * vStride) << 2), vStride, columns, valueDim, packedValues);
        }
        for (let h = h0, rowState = state; h < hEnd; h++) {
          for (let i = q0, rows = 0; i < qEnd; i += rows) {
            rows = tileRows(qEnd - i);
            attendTile(
              q + (<usize>(i * qStride + h * headDim) << 2), qStride, packedKeys, packedValues, out + (<usize>(i * outStride + h * valueDim) << 2),
              <usize>outStride << 2, rows, columns, headDim, valueDim, scale, bias ? bias + (<isize>h * biasHead + <isize>i * biasRow + k0 << 2) : 0,
              biasRow, before, after, i + shift - k0, keys - k0, softCap, scaled, scores, rowState,
            );
            rowState += <usize>rows * ROW_STATE;
          }
        }
      }
      for (let h = h0, rowState = state; h < hEnd; h++) {
        for (let i = q0; i < qEnd; i++) {
          const at = out + (<usize>(i * outStride + h * valueDim) << 2);
          const sum = f32.load(rowState, SUM);
          rowState += ROW_STATE;
          // `sum != 0` is true for NaN: a query with a NaN score gives NaN.
          if (sum != 0) scaleRow(at, valueDim, 1 / sum);
          else memory.fill(at, 0, <usize>valueDim << 2);
          repairRow(
            at, q + (<usize>(i * qStride + h * headDim) << 2), kh, kStride, vh, vStride, firstKey(i + shift, before, keys),
            endKey(i + shift, after, keys), keys, headDim, valueDim, scale, softCap,
            bias ? bias + (<isize>h * biasHead + <isize>i * biasRow << 2) : 0,
          );
        }
      }
    }
  }
}

/** First key of the block that each query of a register tile sees, and one past the last: two i32 each. */
const spans = memory.data(8 * 6, 16);

/**
 * Adds the keys of one block to the outputs of a register tile of queries, and updates the state of their softmax. The products begin at the
 * first panel with a key that one of the queries sees, and end at the last key.
 *
 * @param rows at most TILE_ROWS
 * @param position of the first query, @param keys number of keys: from the block's first on
 * @param bias of the first query and the block's first key, or 0
 */
function attendTile(
  q: usize, qStride: i32, packedKeys: usize, packedValues: usize, out: usize, ldo: usize, rows: i32, columns: i32, headDim: i32, valueDim: i32,
  scale: f32, bias: usize, biasRow: i32, before: i32, after: i32, position: i32, keys: i32, softCap: f32, scaled: usize, scores: usize, state: usize,
): void {
  let first = columns, end = 0;
  for (let r = 0; r < rows; r++) {
    let lo = firstKey(position + r, before, keys), hi = min(columns, endKey(position + r, after, keys));
    if (bias) {
      const row = bias + (<isize>r * biasRow << 2);
      while (lo < hi && f32.load(row + (<usize>lo << 2)) == -Infinity) lo++;
      while (lo < hi && f32.load(row + (<usize>hi << 2) - 4) == -Infinity) hi--;
    }
    if (lo < hi) {
      first = min(first, lo);
      end = max(end, hi);
    }
    i32.store(spans + (<usize>r << 3), lo);
    i32.store(spans + (<usize>r << 3), hi, 4);
  }
  if (first >= end) return;
  first -= first % PANEL;
  const ldq = <usize>headDim << 2;
  scaleRows(q, qStride, scaled, rows, headDim, scale);
  tileColumns(rows, scaled, ldq, packedKeys + <usize>first * ldq, headDim, scores, end - first);
  for (let r = 0, row = scores; r < rows; r++) {
    const lo = max(first, i32.load(spans + (<usize>r << 3))), hi = i32.load(spans + (<usize>r << 3), 4);
    const sum = f32.load(state, SUM);
    const factor = onlineSoftmaxUpdate(
      row, lo - first, hi - first, end - first, softCap, bias ? bias + (<isize>r * biasRow + first << 2) : 0, state, state + SUM,
    );
    if (sum != 0 && factor != 1) scaleRow(out + <usize>r * ldo, valueDim, factor);
    row += SCORE_ROW;
    state += ROW_STATE;
  }
  tileSum(rows, scores, packedValues + (<usize>first << 5), <usize>columns << 5, end - first, out, ldo, valueDim);
}

/** c[rows, n] = a[rows, k] · b[k, n], rounded up to whole panels. */
function tileColumns(rows: i32, a: usize, lda: usize, b: usize, k: i32, c: usize, n: i32): void {
  const panelBytes = <usize>k << 5;
  const end = c + (<usize>n << 2);
  if (WIDE) {
    for (; c + 32 < end; c += 64) {
      rowTile16(rows, a, lda, 4, b, panelBytes, k, c, SCORE_ROW, false, 0, 0, 0);
      b += panelBytes * 2;
    }
  }
  for (; c < end; c += 32) {
    rowTile(rows, a, lda, 4, b, k, c, SCORE_ROW, false, 0, 0, 0);
    b += panelBytes;
  }
}

/** c[rows, n] += a[rows, k] · b[k, n], with panels of b `panelBytes` apart. */
function tileSum(rows: i32, a: usize, b: usize, panelBytes: usize, k: i32, c: usize, ldc: usize, n: i32): void {
  if (WIDE) {
    for (; n >= 2 * PANEL; n -= 2 * PANEL) {
      rowTile16(rows, a, SCORE_ROW, 4, b, panelBytes, k, c, ldc, true, 0, 0, 0);
      b += panelBytes * 2;
      c += 64;
    }
  }
  for (; n >= PANEL; n -= PANEL) {
    rowTile(rows, a, SCORE_ROW, 4, b, k, c, ldc, true, 0, 0, 0);
    b += panelBytes;
    c += 32;
  }
  if (n) {
    copyRows(c, ldc, edge, 32, rows, n);
    rowTile(rows, a, SCORE_ROW, 4, b, k, edge, 32, true, 0, 0, 0);
    copyRows(edge, 32, c, ldc, rows, n);
  }
}

/** to[rows, n] = from[rows, n] · factor; `to` is dense. */
function scaleRows(from: usize, stride: i32, to: usize, rows: i32, n: i32, factor: f32): void {
  const f = f32x4.splat(factor);
  for (let r = 0; r < rows; r++) {
    let i: usize = 0;
    for (const end = <usize>(n & ~3) << 2; i < end; i += 16) v128.store(to + i, f32x4.mul(v128.load(from + i), f));
    for (const end = <usize>n << 2; i < end; i += 4) f32.store(to + i, f32.load(from + i) * factor);
    from += <usize>stride << 2;
    to += <usize>n << 2;
  }
}

/** The scores of one head: out[queries, keys] = cap(q · kᵀ · scale) + bias, −∞ for masked keys. Arguments as for `attention`. */
export function attentionScores(
  q: usize, qStride: i32, k: usize, kStride: i32, out: usize, outStride: i32, queries: i32, keys: i32, headDim: i32,
  scale: f32, bias: usize, biasRow: i32, before: i32, after: i32, shift: i32, softCap: f32, scratch: usize,
): void {
  const scaled = scratch;
  const packedKeys = scaled + (<usize>(QUERY_BLOCK * headDim) << 2);
  for (let k0 = 0; k0 < keys; k0 += KEY_BLOCK) {
    const columns = min(KEY_BLOCK, keys - k0);
    packRows(k + (<usize>(k0 * kStride) << 2), kStride, headDim, columns, packedKeys);
    for (let q0 = 0; q0 < queries; q0 += QUERY_BLOCK) {
      const rows = min(QUERY_BLOCK, queries - q0);
      const to = out + (<usize>(q0 * outStride + k0) << 2);
      scaleRows(q + (<usize>(q0 * qStride) << 2), qStride, scaled, rows, headDim, scale);
      matmul(scaled, headDim, packedKeys, to, outStride, rows, headDim, columns, 0, 0, 0, 0, 0, false);
    }
  }
  for (let i = 0; i < queries; i++) {
    const row = out + (<usize>(i * outStride) << 2);
    const lo = firstKey(i + shift, before, keys);
    const hi = endKey(i + shift, after, keys);
    if (softCap) capRow(row, keys, softCap);
    if (bias) addBias(row, bias + (<isize>i * biasRow << 2), keys);
    for (let j = 0; j < min(lo, keys); j++) f32.store(row + (<usize>j << 2), -Infinity);
    for (let j = max(lo, hi); j < keys; j++) f32.store(row + (<usize>j << 2), -Infinity);
  }
}

/**
 * The context of one head from attention weights: out[queries, valueDim] = weights[queries, keys] · v[keys, valueDim]. The value of a key
 * whose weight is 0 has no effect.
 */
export function attentionContext(
  weights: usize, weightsStride: i32, v: usize, vStride: i32, out: usize, outStride: i32, queries: i32, keys: i32,
  valueDim: i32, scratch: usize,
): void {
  if (!keys) matmul(weights, weightsStride, scratch, out, outStride, queries, 0, valueDim, 0, 0, 0, 0, 0, false);
  for (let k0 = 0; k0 < keys; k0 += KEY_BLOCK) {
    const columns = min(KEY_BLOCK, keys - k0);
    packColumns(v + (<usize>(k0 * vStride) << 2), vStride, columns, valueDim, scratch);
    matmul(weights + (<usize>k0 << 2), weightsStride, scratch, out, outStride, queries, columns, valueDim, 0, 0, 0, 0, 0, k0 > 0);
  }
  for (let i = 0; i < queries; i++) {
    repairContext(
      out + (<usize>(i * outStride) << 2), weights + (<usize>(i * weightsStride) << 2), v, vStride, keys, valueDim,
    );
  }
}
