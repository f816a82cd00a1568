import { dot } from '../../attention/dots';
import { endKey, firstKey } from '../../attention/mask';
import { add, scale as scaled } from '../../elementwise';
import { expNonPositive4 } from '../../math';
import { packColumns, packRows } from '../../matmul/pack';
import { addScaled } from '../elementwise';
import {
  BLOCK_BYTES, BLOCK_ROW, blockRowExp, blockRowGradient, blockRowMask, blockRowMax, KEY_BLOCK, keyBlocks, padded,
  QUERY_BLOCK,
} from './blocks';
import { bandColumns, bandSum, UNLIMITED } from './product';

/**
 * Blocks of keys, 2,048 keys, whose weights are kept for one block of queries: if it sees no more, its scores are computed once, else a second
 * time when the sums of the softmax are known. Sequences of no more keys are packed once per head, not once per block of queries.
 */
const SEGMENT: i32 = (2048 + KEY_BLOCK - 1) / KEY_BLOCK;

/** Bytes of scratch memory for `attentionGradient` with up to `keys` keys. They do not grow from 2,048 keys on. */
export function attentionGradientScratch(keys: i32, headDim: i32, valueDim: i32): usize {
  const blocks = min(keyBlocks(keys), SEGMENT);
  const perQuery = headDim + 2 * padded(headDim) + valueDim + padded(valueDim) + 3;
  const perKey = headDim + padded(headDim) + valueDim;
  const floats = QUERY_BLOCK * perQuery + max(1, blocks) * KEY_BLOCK * perKey;
  return (<usize>floats << 2) + BLOCK_BYTES * <usize>(1 + blocks);
}

/**
 * The gradient of `attention`: with P = softmax(S), S = q · kᵀ · scale + bias, dv += Pᵀ · dOut, dS = P ∘ (dOut · vᵀ − D) with D the sums of
 * the rows of dOut ∘ out, dq += dS · k · scale, dk += dSᵀ · q · scale, dBias += dS (FlashAttention-2, Dao 2023,
 * https://arxiv.org/abs/2307.08691, §3.1.2). P is computed again for a block of queries at a time, so that no matrix of scores is stored.
 * Unlike there the outer loop is over queries, so that the sums of the softmax need not be saved by the forward pass.
 *
 * Arguments are as for `attention`; gradients have the shapes of their values and are 0 if not needed. Heads that share keys and values
 * add to the same gradients, in order.
 *
 * @param out the output of `attention`; @param dOut its gradient
 * @param dBias as `bias`, with its strides
 * @param scratch attentionGradientScratch(keys, headDim, valueDim) bytes
 */
export function attentionGradient(
  q: usize, qStride: i32, k: usize, kStride: i32, v: usize, vStride: i32, out: usize, outStride: i32, dOut: usize, dOutStride: i32,
  dq: usize, dqStride: i32, dk: usize, dkStride: i32, dv: usize, dvStride: i32,
  queries: i32, keys: i32, heads: i32, group: i32, headDim: i32, valueDim: i32, scale: f32,
  bias: usize, dBias: usize, biasHead: i32, biasRow: i32, before: i32, after: i32, scratch: usize,
): void {
  const blocks = keyBlocks(keys);
  const once = blocks <= SEGMENT;
  const d = <usize>headDim << 2, d8 = <usize>padded(headDim) << 2, e = <usize>valueDim << 2, e8 = <usize>padded(valueDim) << 2;
  const scores = scratch;
  const gradients = scores + BLOCK_BYTES * <usize>min(blocks, SEGMENT);
  const qs = gradients + BLOCK_BYTES;
  const qPanels = qs + <usize>QUERY_BLOCK * d;
  const dqs = qPanels + <usize>QUERY_BLOCK * d8;
  const dos = dqs + <usize>QUERY_BLOCK * d8;
  const doPanels = dos + <usize>QUERY_BLOCK * e;
  const maxima = doPanels + <usize>QUERY_BLOCK * e8;
  const sums = maxima + <usize>(QUERY_BLOCK << 2);
  const dots = sums + <usize>(QUERY_BLOCK << 2);
  const kRows = dots + <usize>(QUERY_BLOCK << 2);
  const kRowBytes = <usize>KEY_BLOCK * d, kColumnBytes = <usize>KEY_BLOCK * d8, vRowBytes = <usize>KEY_BLOCK * e;
  const packed: usize = once ? <usize>blocks : 1;
  const kColumns = kRows + packed * kRowBytes;
  const vRows = kColumns + packed * kColumnBytes;
  const shift = keys - queries;
  const needsScores = dq != 0 || dk != 0 || dBias != 0;

  for (let h = 0; h < heads; h++) {
    const qh = q + <usize>h * d, oh = out + <usize>h * e, doh = dOut + <usize>h * e;
    const shared = <usize>(h / group);
    const kh = k + shared * d, vh = v + shared * e;
    const biasAt = <isize>h * biasHead << 2;
    if (once && h % group == 0) {
      for (let b = 0; b < blocks; b++) {
        const k0 = b * KEY_BLOCK, columns = min(KEY_BLOCK, keys - k0);
        const from = kh + (<usize>(k0 * kStride) << 2), at = <usize>b;
        packRows(from, kStride, headDim, columns, kRows + at * kRowBytes);
        if (!needsScores) continue;
        if (dq) packColumns(from, kStride, columns, headDim, kColumns + at * kColumnBytes);
        packRows(vh + (<usize>(k0 * vStride) << 2), vStride, valueDim, columns, vRows + at * vRowBytes);
      }
    }
    for (let q0 = 0; q0 < queries; q0 += QUERY_BLOCK) {
      const rows = min(QUERY_BLOCK, queries - q0);
      const first = firstKey(q0 + shift, before, keys) / KEY_BLOCK;
      const end = keyBlocks(endKey(q0 + rows - 1 + shift, after, keys));
      if (first >= end) continue;
      for (let i = 0; i < rows; i++) scaled(qh + (<usize>((q0 + i) * qStride) << 2), qs + <usize>i * d, headDim, scale);
      for (let i: usize = 0; i < <usize>rows << 2; i += 4) {
        f32.store(maxima + i, -Infinity);
        f32.store(sums + i, 0);
      }

      // The largest score of each query, and the sum of its exponentials.
      const single = end - first <= SEGMENT;
      for (let s = first; s < end; s += SEGMENT) {
        const last = min(end, s + SEGMENT);
        memory.copy(dots, maxima, <usize>rows << 2);
        for (let b = s; b < last; b++) {
          const k0 = b * KEY_BLOCK, columns = min(KEY_BLOCK, keys - k0);
          if (!once) packRows(kh + (<usize>(k0 * kStride) << 2), kStride, headDim, columns, kRows);
          const block = scores + <usize>(b - s) * BLOCK_BYTES;
          scoreBlock(
            qs, headDim, once ? kRows + <usize>b * kRowBytes : kRows, block, rows, q0 + shift, k0, keys, columns, before, after,
            bias ? bias + biasAt + (<isize>q0 * biasRow + k0 << 2) : 0, biasRow,
          );
          for (let i = 0; i < rows; i++) {
            const at = maxima + (<usize>i << 2);
            f32.store(at, blockRowMax(block + <usize>i * BLOCK_ROW, f32.load(at)));
          }
        }
        if (!single) rescale(sums, dots, maxima, rows);
        for (let b = s; b < last; b++) exponentials(scores + <usize>(b - s) * BLOCK_BYTES, maxima, sums, rows);
      }

      for (let i = 0; i < rows; i++) {
        const at = <usize>i << 2, row = <usize>(q0 + i) << 2;
        const sum = f32.load(sums + at);
        const inverse: f32 = sum == 0 ? 0 : 1 / sum;
        const from = doh + row * <usize>dOutStride;
        scaled(from, dos + <usize>i * e, valueDim, inverse);
        if (needsScores) f32.store(dots + at, dot(oh + row * <usize>outStride, dos + <usize>i * e, valueDim));
      }
      if (dv) packColumns(dos, valueDim, rows, valueDim, doPanels);
      if (dk) packColumns(qs, headDim, rows, headDim, qPanels);

      for (let b = first; b < end; b++) {
        const k0 = b * KEY_BLOCK, columns = min(KEY_BLOCK, keys - k0);
        const at: usize = once ? <usize>b : 0;
        const from = kh + (<usize>(k0 * kStride) << 2);
        const low = lowOf(before, q0 + shift, k0), high = highOf(after, q0 + shift, k0);
        let weights = scores + <usize>(b - first) * BLOCK_BYTES;
        if (!single) {
          weights = scores;
          packRows(from, kStride, headDim, columns, kRows);
          scoreBlock(
            qs, headDim, kRows, weights, rows, q0 + shift, k0, keys, columns, before, after,
            bias ? bias + biasAt + (<isize>q0 * biasRow + k0 << 2) : 0, biasRow,
          );
          exponentials(weights, maxima, sums, rows);
        }
        if (dv) {
          const to = dv + shared * e + (<usize>(k0 * dvStride) << 2);
          bandSum(weights, 4, BLOCK_ROW, doPanels, to, <usize>dvStride << 2, columns, rows, valueDim, true, high, low);
        }
        if (!needsScores) continue;
        if (!once) packRows(vh + (<usize>(k0 * vStride) << 2), vStride, valueDim, columns, vRows);
        // Outside of the band there may be any values, of which 0 times NaN would be NaN.
        if (low < rows || high < columns) memory.fill(gradients, 0, BLOCK_BYTES);
        bandColumns(dos, e, vRows + at * vRowBytes, gradients, BLOCK_ROW, rows, valueDim, padded(columns), low, high);
        for (let i = 0; i < rows; i++) {
          const row = <usize>i * BLOCK_ROW;
          blockRowGradient(gradients + row, weights + row, f32.load(dots + (<usize>i << 2)));
        }
        if (dk) {
          const to = dk + shared * d + (<usize>(k0 * dkStride) << 2);
          bandSum(gradients, 4, BLOCK_ROW, qPanels, to, <usize>dkStride << 2, columns, rows, headDim, true, high, low);
        }
        if (dq) {
          if (!once) packColumns(from, kStride, columns, headDim, kColumns);
          bandSum(gradients, BLOCK_ROW, 4, kColumns + at * kColumnBytes, dqs, d8, rows, columns, padded(headDim), b > first, low, high);
        }
        if (dBias) {
          const to = dBias + biasAt + (<isize>q0 * biasRow + k0 << 2);
          for (let i = 0; i < rows; i++) {
            const row = to + (<isize>i * biasRow << 2);
            add(row, gradients + <usize>i * BLOCK_ROW, row, columns);
          }
        }
      }
      if (dq) addScaled(dqs, padded(headDim), dq + <usize>h * d + (<usize>(q0 * dqStride) << 2), dqStride, rows, headDim, scale);
    }
  }
}

/** Row i of a block sees the columns i − low … i + high. @param first position of the first query */
// @ts-ignore: decorator
@inline
function lowOf(before: i32, first: i32, k0: i32): i32 {
  return min(before, UNLIMITED) + k0 - first;
}

// @ts-ignore: decorator
@inline
function highOf(after: i32, first: i32, k0: i32): i32 {
  return min(after, UNLIMITED) - k0 + first;
}

/**
 * Scores of a block: block[rows, columns] = qs · kᵀ + bias, −∞ for masked keys and up to KEY_BLOCK.
 *
 * @param first position of the first query; @param bias that of the first query
 */
function scoreBlock(
  qs: usize, headDim: i32, kRows: usize, block: usize, rows: i32, first: i32, k0: i32, keys: i32, columns: i32,
  before: i32, after: i32, bias: usize, biasRow: i32,
): void {
  const low = lowOf(before, first, k0), high = highOf(after, first, k0);
  bandColumns(qs, <usize>headDim << 2, kRows, block, BLOCK_ROW, rows, headDim, padded(columns), low, high);
  for (let i = 0; i < rows; i++) {
    const row = block + <usize>i * BLOCK_ROW;
    if (bias) add(row, bias + (<isize>i * biasRow << 2), row, columns);
    const position = first + i;
    const lo = max(0, firstKey(position, before, keys) - k0), hi = min(columns, endKey(position, after, keys) - k0);
    if (lo > 0 || hi < KEY_BLOCK) blockRowMask(row, min(lo, KEY_BLOCK), max(hi, 0));
  }
}

/** block ← e^(block − maximum) for each row, and its sum is added to `sums`. A row of −∞, without visible keys, becomes zeros. */
function exponentials(block: usize, maxima: usize, sums: usize, rows: i32): void {
  for (const end = maxima + (<usize>rows << 2); maxima < end; maxima += 4) {
    const maximum = f32.load(maxima);
    f32.store(sums, f32.load(sums) + blockRowExp(block, maximum == -Infinity ? 0 : maximum));
    block += BLOCK_ROW;
    sums += 4;
  }
}

/** Multiplies the sums so far by e^(old maximum − new maximum). */
function rescale(sums: usize, old: usize, maxima: usize, rows: i32): void {
  for (let i: usize = 0; i < <usize>rows << 2; i += 4) {
    const top = f32.load(maxima + i);
    if (top == -Infinity) continue;
    const factor = f32x4.extract_lane(expNonPositive4(f32x4.splat(f32.load(old + i) - top)), 0);
    f32.store(sums + i, f32.load(sums + i) * factor);
  }
}
