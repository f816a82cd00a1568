import { scaleRow } from '../softmax';
import { absorb } from './absorb';
import { dot, dots4, dots4x2, dots8 } from './dots';
import { endKey, firstKey } from './mask';
import { weigh, weigh4, weigh4x2, weigh8 } from './weigh';

// Attention of few queries over many keys, as in decoding one token with a cache. Each key and value is used for so few rows that packing
// them would cost more than it saves: they are read where they lie, once for two query heads that share them, and in the order in
// which they lie, all heads of some keys before the next keys.

/** Rows of scores that are held at once; the heads of a key that they belong to are read together. */
const SPAN_ROWS: i32 = 64;
// @ts-ignore: decorator
@inline
const KEY_BLOCK: i32 = 64;
/** Bytes from a row of scores to the next. */
// @ts-ignore: decorator
@inline
const SCORES: usize = <usize>KEY_BLOCK << 2;

/** For each row: maximum and sum of its softmax so far, addresses of its query and of its output. */
// @ts-ignore: decorator
@inline
const ROW: usize = 16;
// @ts-ignore: decorator
@inline
const SUM: usize = 4;
// @ts-ignore: decorator
@inline
const QUERY: usize = 8;
// @ts-ignore: decorator
@inline
const OUT: usize = 12;

/** Bytes of scratch memory, whatever the sizes. */
// @ts-ignore: decorator
@inline
export const DIRECT_SCRATCH: i32 = SPAN_ROWS * <i32>(SCORES + ROW);

/** Where this is faster than tiles, by measurement: few queries, or few rows that share a key. */
export function isDirect(queries: i32, group: i32): bool {
  return queries <= 2 || (queries <= 8 && queries * group <= 16);
}

/** As `attention`, for few queries. What a row gives does not depend on the rows beside it. */
export function direct(
  q: usize, qStride: i32, k: usize, kStride: i32, v: usize, vStride: i32, out: usize, outStride: i32,
  queries: i32, keys: i32, heads: i32, group: i32, headDim: i32, valueDim: i32, scale: f32,
  bias: usize, biasHead: i32, biasRow: i32, before: i32, after: i32, scratch: usize,
): void {
  if (!queries) return;
  const table = scratch + <usize>SPAN_ROWS * SCORES;
  const shift = keys - queries;
  const first = firstKey(shift, before, keys);
  const end = endKey(keys - 1, after, keys);
  const most = SPAN_ROWS / queries;
  let h0 = 0;
  while (h0 < heads) {
    // As many whole groups as there is room for, or a part of one.
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
        at += ROW;
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
          const factor = absorb(scratch + (at - table) / ROW * SCORES, lo, hi, columns, biasAt, at, at + SUM);
          if (factor != 1) scaleRow(load<usize>(at, OUT), valueDim, factor);
          at += ROW;
        }
      }
      weighBlock(
        table, rows, shared, v + (<usize>(k0 * vStride + kv * valueDim) << 2), <usize>vStride << 2, columns, valueDim, scratch,
      );
    }
    for (at = table; at < table + <usize>rows * ROW; at += ROW) {
      const sum = f32.load(at, SUM);
      // `sum != 0` also keeps the NaN of a query whose scores have one.
      if (sum != 0) scaleRow(load<usize>(at, OUT), valueDim, 1 / sum);
      else memory.fill(load<usize>(at, OUT), 0, <usize>valueDim << 2);
    }
    h0 += span;
  }
}

const touched = memory.data(4);

/**
 * Loads one value of each of eight rows that are needed next. They lie far apart, in pages of their own where the processor does not look
 * ahead by itself: decoding from a cache that is in no processor cache takes a fifth less time for it.
 */
// @ts-ignore: decorator
@inline
function touch(from: usize, step: usize): void {
  let bits = 0;
  for (let i = 0; i < 8; i++) {
    bits ^= i32.load(from);
    from += step;
  }
  // Without a use the loads would go.
  i32.store(touched, bits);
}

/**
 * scores[rows, columns] = scale · q · kᵀ, for rows of which `shared` at a time have the same keys: eight keys for one row, or four for two
 * that share them.
 */
function scoreBlock(
  table: usize, rows: i32, shared: i32, k: usize, step: usize, columns: i32, headDim: i32, scale: f32, scores: usize,
): void {
  const head = <usize>headDim << 2;
  const end = table + <usize>rows * ROW;
  let j = 0;
  if (shared == 1) {
    for (; j + 8 <= columns; j += 8) {
      if (j + 16 <= columns) touch(k + step * 8, step);
      let key = k, to = scores + (<usize>j << 2);
      for (let at = table; at < end; at += ROW) {
        dots8(load<usize>(at, QUERY), key, step, headDim, scale, to);
        to += SCORES;
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
        dots4x2(load<usize>(at, QUERY), load<usize>(at, QUERY + ROW), key, step, headDim, scale, to, to + SCORES);
        at += 2 * ROW;
        to += 2 * SCORES;
      }
      if (s) {
        dots4(load<usize>(at, QUERY), key, step, headDim, scale, to);
        at += ROW;
        to += SCORES;
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
        at += ROW;
        to += SCORES;
      }
      key += head;
    }
    k += step;
  }
}

/** out[rows, valueDim] += weights[rows, columns] · v, likewise. */
function weighBlock(
  table: usize, rows: i32, shared: i32, v: usize, step: usize, columns: i32, valueDim: i32, weights: usize,
): void {
  const head = <usize>valueDim << 2;
  const end = table + <usize>rows * ROW;
  let j = 0;
  if (shared == 1) {
    for (; j + 8 <= columns; j += 8) {
      if (j + 16 <= columns) touch(v + step * 8, step);
      let value = v, w = weights + (<usize>j << 2);
      for (let at = table; at < end; at += ROW) {
        weigh8(load<usize>(at, OUT), w, value, step, valueDim);
        w += SCORES;
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
        weigh4x2(load<usize>(at, OUT), load<usize>(at, OUT + ROW), w, w + SCORES, value, step, valueDim);
        at += 2 * ROW;
        w += 2 * SCORES;
      }
      if (s) {
        weigh4(load<usize>(at, OUT), w, value, step, valueDim);
        at += ROW;
        w += SCORES;
      }
      value += head;
    }
    v += step * 4;
  }
  for (; j < columns; j++) {
    let value = v, w = weights + (<usize>j << 2), at = table;
    while (at < end) {
      for (let s = shared; s > 0; s--) {
        weigh(load<usize>(at, OUT), f32.load(w), value, valueDim);
        at += ROW;
        w += SCORES;
      }
      value += head;
    }
    v += step;
  }
}
