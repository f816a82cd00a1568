import { scaleRow } from '../softmax';
import { onlineSoftmaxUpdate } from './online-softmax';
import { dot, dots4, dots4x2, dots8 } from './dots';
import { endKey, firstKey } from './mask';
import { repairRow } from './repair';
import { weightedSum, weightedSum4, weightedSum4x2, weightedSum8 } from './weighted-sum';

// Attention of few queries over many keys, as in decoding with a key-value cache. Each key and value is used by so few rows
// that packing costs more than it saves: keys and values are read in place, in memory order (all heads of a block of keys
// before the next block), and once for every two query heads that share them.

/** Rows (query × head) that are processed together. */
const BLOCK_ROWS: i32 = 64;
// @ts-ignore: decorator
@inline
const KEY_BLOCK: i32 = 64;
/** Bytes between rows of scores. */
// @ts-ignore: decorator
@inline
const SCORE_ROW: usize = <usize>KEY_BLOCK << 2;

/** State of each row, in bytes: maximum (0) and sum of its online softmax, addresses of its query and of its output. */
// @ts-ignore: decorator
@inline
const ROW_STATE: usize = 16;
// @ts-ignore: decorator
@inline
const SUM: usize = 4;
// @ts-ignore: decorator
@inline
const QUERY: usize = 8;
// @ts-ignore: decorator
@inline
const OUT: usize = 12;

/** Bytes of scratch memory. */
// @ts-ignore: decorator
@inline
export const DECODE_SCRATCH: i32 = BLOCK_ROWS * <i32>(SCORE_ROW + ROW_STATE);

/** Whether `decodeAttention` is faster than the tiled kernel (measured): few queries, or few rows that share a key. */
export function isDecode(queries: i32, group: i32): bool {
  return queries <= 2 || (queries <= 8 && queries * group <= 16);
}

/** As `attention`, for few queries. The result of a row does not depend on the other rows. */
export function decodeAttention(
  q: usize, qStride: i32, k: usize, kStride: i32, v: usize, vStride: i32, out: usize, outStride: i32,
  queries: i32, keys: i32, heads: i32, group: i32, headDim: i32, valueDim: i32, scale: f32,
  bias: usize, biasHead: i32, biasRow: i32, before: i32, after: i32, shift: i32, softCap: f32, scratch: usize,
): void {
  if (!queries) return;
  const table = scratch + <usize>BLOCK_ROWS * SCORE_ROW;
  const first = firstKey(shift, before, keys);
  const end = endKey(queries - 1 + shift, after, keys);
  const most = BLOCK_ROWS / queries;
  let h0 = 0;
  while (h0 < heads) {
    // As many whole groups as fit in BLOCK_ROWS, or a part of one group.
    const together = min(group - h0 % group, most);
    const span = min(heads - h0, together == group ? most - most % group : together);
    const rows = span * queries, shared = together * queries;
    let at = table;
    for (let h = h0; h < h0 + span; h++) {
      for (let i = 0; i < queries; i++) {
        const to = out + (<usize>(i * outStride + h * valueDim) << 2);
        memory.fill(to, 0, <usize>valueDim << 2);
        f32.store(at, -Infinity);
        f32.store(at, 0, SUM);
        store<usize>(at, q + (<usize>(i * qStride + h * headDim) << 2), QUERY);
        store<usize>(at, to, OUT);
        at += ROW_STATE;
      }
    }
    const kv = h0 / group;
    for (let k0 = first - first % KEY_BLOCK; k0 < end; k0 += KEY_BLOCK) {
      const columns = min(KEY_BLOCK, keys - k0);
      scoreBlock(
        table, rows, shared, k + (<usize>(k0 * kStride + kv * headDim) << 2), <usize>kStride << 2, columns, headDim, scale, scratch,
      );
      at = table;
      for (let h = h0; h < h0 + span; h++) {
        for (let i = 0; i < queries; i++) {
          const lo = max(0, firstKey(i + shift, before, keys) - k0);
          const hi = min(columns, endKey(i + shift, after, keys) - k0);
          const biasAt = bias ? bias + (<isize>h * biasHead + <isize>i * biasRow + k0 << 2) : 0;
          const factor = onlineSoftmaxUpdate(scratch + (at - table) / ROW_STATE * SCORE_ROW, lo, hi, columns, softCap, biasAt, at, at + SUM);
          if (factor != 1) scaleRow(load<usize>(at, OUT), valueDim, factor);
          at += ROW_STATE;
        }
      }
      weightedSumBlock(
        table, rows, shared, v + (<usize>(k0 * vStride + kv * valueDim) << 2), <usize>vStride << 2, columns, valueDim, scratch,
      );
    }
    at = table;
    for (let h = h0; h < h0 + span; h++) {
      const kh = k + (<usize>(h / group * headDim) << 2), vh = v + (<usize>(h / group * valueDim) << 2);
      for (let i = 0; i < queries; i++) {
        const sum = f32.load(at, SUM), to = load<usize>(at, OUT);
        // `sum != 0` is true for NaN: a query with a NaN score gives NaN.
        if (sum != 0) scaleRow(to, valueDim, 1 / sum);
        else memory.fill(to, 0, <usize>valueDim << 2);
        const biasAt = bias ? bias + (<isize>h * biasHead + <isize>i * biasRow << 2) : 0;
        repairRow(
          to, load<usize>(at, QUERY), kh, kStride, vh, vStride, firstKey(i + shift, before, keys), endKey(i + shift, after, keys),
          keys, headDim, valueDim, scale, softCap, biasAt,
        );
        at += ROW_STATE;
      }
    }
    h0 += span;
  }
}

const prefetchSink = memory.data(4);

/**
 * Software prefetch: loads one value of each of the next eight rows, which are too far apart for the hardware prefetcher.
 * Decoding with a key-value cache that is not in the processor's caches takes a fifth less time.
 */
// @ts-ignore: decorator
@inline
function prefetch(from: usize, step: usize): void {
  let bits = 0;
  for (let i = 0; i < 8; i++) {
    bits ^= i32.load(from);
    from += step;
  }
  // Without a use the compiler would remove the loads.
  i32.store(prefetchSink, bits);
}

/**
 * scores[rows, columns] = scale · q · kᵀ. Each `shared` consecutive rows have the same key head. Eight keys are multiplied at
 * a time with one row, or four keys with two rows that share them.
 */
function scoreBlock(
  table: usize, rows: i32, shared: i32, k: usize, step: usize, columns: i32, headDim: i32, scale: f32, scores: usize,
): void {
  const head = <usize>headDim << 2;
  const end = table + <usize>rows * ROW_STATE;
  let j = 0;
  if (shared == 1) {
    for (; j + 8 <= columns; j += 8) {
      if (j + 16 <= columns) prefetch(k + step * 8, step);
      let key = k, to = scores + (<usize>j << 2);
      for (let at = table; at < end; at += ROW_STATE) {
        dots8(load<usize>(at, QUERY), key, step, headDim, scale, to);
        to += SCORE_ROW;
        key += head;
      }
      k += step * 8;
    }
  }
  for (; j + 4 <= columns; j += 4) {
    let key = k, to = scores + (<usize>j << 2), at = table;
    while (at < end) {
      let s = shared;
      for (; s >= 2; s -= 2) {
        dots4x2(load<usize>(at, QUERY), load<usize>(at, QUERY + ROW_STATE), key, step, headDim, scale, to, to + SCORE_ROW);
        at += 2 * ROW_STATE;
        to += 2 * SCORE_ROW;
      }
      if (s) {
        dots4(load<usize>(at, QUERY), key, step, headDim, scale, to);
        at += ROW_STATE;
        to += SCORE_ROW;
      }
      key += head;
    }
    k += step * 4;
  }
  for (; j < columns; j++) {
    let key = k, to = scores + (<usize>j << 2), at = table;
    while (at < end) {
      for (let s = shared; s > 0; s--) {
        f32.store(to, dot(load<usize>(at, QUERY), key, headDim) * scale);
        at += ROW_STATE;
        to += SCORE_ROW;
      }
      key += head;
    }
    k += step;
  }
}

/** out[rows, valueDim] += weights[rows, columns] · v, in the same order as `scoreBlock`. */
function weightedSumBlock(
  table: usize, rows: i32, shared: i32, v: usize, step: usize, columns: i32, valueDim: i32, weights: usize,
): void {
  const head = <usize>valueDim << 2;
  const end = table + <usize>rows * ROW_STATE;
  let j = 0;
  if (shared == 1) {
    for (; j + 8 <= columns; j += 8) {
      if (j + 16 <= columns) prefetch(v + step * 8, step);
      let value = v, w = weights + (<usize>j << 2);
      for (let at = table; at < end; at += ROW_STATE) {
        weightedSum8(load<usize>(at, OUT), w, value, step, valueDim);
        w += SCORE_ROW;
        value += head;
      }
      v += step * 8;
    }
  }
  for (; j + 4 <= columns; j += 4) {
    let value = v, w = weights + (<usize>j << 2), at = table;
    while (at < end) {
      let s = shared;
      for (; s >= 2; s -= 2) {
        weightedSum4x2(load<usize>(at, OUT), load<usize>(at, OUT + ROW_STATE), w, w + SCORE_ROW, value, step, valueDim);
        at += 2 * ROW_STATE;
        w += 2 * SCORE_ROW;
      }
      if (s) {
        weightedSum4(load<usize>(at, OUT), w, value, step, valueDim);
        at += ROW_STATE;
        w += SCORE_ROW;
      }
      value += head;
    }
    v += step * 4;
  }
  for (; j < columns; j++) {
    let value = v, w = weights + (<usize>j << 2), at = table;
    while (at < end) {
      for (let s = shared; s > 0; s--) {
        weightedSum(load<usize>(at, OUT), f32.load(w), value, valueDim);
        at += ROW_STATE;
        w += SCORE_ROW;
      }
      value += head;
    }
    v += step;
  }
}
