import { matmul } from '../matmul/matmul';
import { packColumns, packedBytes, packRows } from '../matmul/pack';
import { TILE_ROWS } from '../matmul/rows';
import { scaleRow } from '../softmax';
import { add } from '../elementwise';
import { capRow } from './cap';
import { onlineSoftmaxUpdate } from './online-softmax';
import { repairContext, repairRow } from './repair';
import { decodeAttention, DECODE_SCRATCH, isDecode } from './decode-attention';
import { endKey, firstKey } from './mask';

const QUERY_BLOCK: i32 = TILE_ROWS * 32;
const KEY_BLOCK: i32 = 256;

/** Bytes of scratch memory for `attention`, `attentionScores` and `attentionContext`. They do not depend on the lengths. */
export function attentionScratch(headDim: i32, valueDim: i32): i32 {
  const floats = QUERY_BLOCK * headDim + QUERY_BLOCK * KEY_BLOCK + 2 * QUERY_BLOCK;
  return max(
    DECODE_SCRATCH, (floats << 2) + <i32>packedBytes(headDim, KEY_BLOCK) + <i32>packedBytes(KEY_BLOCK, valueDim),
  );
}

/**
 * softmax(cap(q · kᵀ · scale) + bias) · v for each head, one block of queries × keys at a time (FlashAttention, Dao et al. 2022)
 * with an online softmax (Milakov & Gimelshein 2018): the whole score matrix is never stored. A query without visible keys
 * gives zeros. A masked key has no effect, whatever its value is.
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
  const scores = scaled + (<usize>(QUERY_BLOCK * headDim) << 2);
  const maxima = scores + (<usize>(QUERY_BLOCK * KEY_BLOCK) << 2);
  const sums = maxima + (<usize>QUERY_BLOCK << 2);
  const packedKeys = sums + (<usize>QUERY_BLOCK << 2);
  const packedValues = packedKeys + packedBytes(headDim, KEY_BLOCK);
  const once = keys <= KEY_BLOCK;

  for (let h = 0; h < heads; h++) {
    const qh = q + (<usize>(h * headDim) << 2);
    const kh = k + (<usize>(h / group * headDim) << 2);
    const vh = v + (<usize>(h / group * valueDim) << 2);
    const oh = out + (<usize>(h * valueDim) << 2);
    const bh = bias ? bias + (<isize>h * biasHead << 2) : 0;
    if (once && (h % group == 0)) {
      packRows(kh, kStride, headDim, keys, packedKeys);
      packColumns(vh, vStride, keys, valueDim, packedValues);
    }
    for (let q0 = 0; q0 < queries; q0 += QUERY_BLOCK) {
      const rows = min(QUERY_BLOCK, queries - q0);
      const o = oh + (<usize>(q0 * outStride) << 2);
      scaleRows(qh + (<usize>(q0 * qStride) << 2), qStride, scaled, rows, headDim, scale);
      for (let i = 0; i < rows; i++) {
        f32.store(maxima + (<usize>i << 2), -Infinity);
        f32.store(sums + (<usize>i << 2), 0);
      }
      const first = firstKey(q0 + shift, before, keys);
      const end = endKey(q0 + rows - 1 + shift, after, keys);
      let started = false;
      for (let k0 = first - first % KEY_BLOCK; k0 < end; k0 += KEY_BLOCK) {
        const columns = min(KEY_BLOCK, keys - k0);
        if (!once) {
          packRows(kh + (<usize>(k0 * kStride) << 2), kStride, headDim, columns, packedKeys);
          packColumns(vh + (<usize>(k0 * vStride) << 2), vStride, columns, valueDim, packedValues);
        }
        matmul(scaled, headDim, packedKeys, scores, KEY_BLOCK, rows, headDim, columns, 0, 0, 0, 0, 0, false);
        for (let i = 0; i < rows; i++) {
          const position = q0 + i + shift;
          const lo = max(0, firstKey(position, before, keys) - k0);
          const hi = min(columns, endKey(position, after, keys) - k0);
          const row = scores + (<usize>(i * KEY_BLOCK) << 2);
          const biasAt = bh ? bh + (<isize>(q0 + i) * biasRow + k0 << 2) : 0;
          const factor = onlineSoftmaxUpdate(row, lo, hi, columns, softCap, biasAt, maxima + (<usize>i << 2), sums + (<usize>i << 2));
          if (started && factor != 1) scaleRow(o + (<usize>(i * outStride) << 2), valueDim, factor);
        }
        matmul(scores, KEY_BLOCK, packedValues, o, outStride, rows, columns, valueDim, 0, 0, 0, 0, 0, started);
        started = true;
      }
      for (let i = 0; i < rows; i++) {
        const at = o + (<usize>(i * outStride) << 2);
        const sum = f32.load(sums + (<usize>i << 2));
        // `sum != 0` is true for NaN: a query with a NaN score gives NaN.
        if (started && sum != 0) scaleRow(at, valueDim, 1 / sum);
        else memory.fill(at, 0, <usize>valueDim << 2);
        const position = q0 + i + shift;
        const biasAt = bh ? bh + (<isize>(q0 + i) * biasRow << 2) : 0;
        repairRow(
          at, qh + (<usize>((q0 + i) * qStride) << 2), kh, kStride, vh, vStride, firstKey(position, before, keys),
          endKey(position, after, keys), keys, headDim, valueDim, scale, softCap, biasAt,
        );
      }
    }
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
    if (bias) add(row, bias + (<isize>i * biasRow << 2), row, keys);
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
