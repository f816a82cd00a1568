import { endKey, firstKey } from '../../attention/mask';
import { add, scale as scaled } from '../../elementwise';
import { packColumns, packRows } from '../../matmul/pack';
import { addScaled } from '../elementwise';
import { BLOCK_BYTES, BLOCK_ROW, KEY_BLOCK, keyBlocks, padded, QUERY_BLOCK } from './blocks';
import { product } from './product';

// Gradients of attention whose scores and weights are stored.

/** Bytes of scratch memory for `attentionScoresGradient` and `attentionContextGradient`. They do not depend on the lengths. */
export function attentionWeightsGradientScratch(headDim: i32, valueDim: i32): usize {
  const scores = QUERY_BLOCK * (headDim + 2 * padded(headDim)) + KEY_BLOCK * padded(headDim);
  const context = QUERY_BLOCK * padded(valueDim) + KEY_BLOCK * valueDim;
  return (<usize>max(scores, context) << 2) + BLOCK_BYTES;
}

/**
 * The gradient of `attentionScores`, the scores of one head: dq += dScores · k · scale, dk += dScoresᵀ · q · scale, dBias += dScores. Gradients
 * of masked keys are not read. Arguments are as for `attentionScores`; gradients have the shapes of their values and are 0 if not needed.
 *
 * @param dScores [queries, keys]; @param dBias as `bias`, with its stride, or 0
 * @param scratch attentionWeightsGradientScratch(headDim, any) bytes
 */
export function attentionScoresGradient(
  q: usize, qStride: i32, k: usize, kStride: i32, dScores: usize, dScoresStride: i32, dq: usize, dqStride: i32, dk: usize, dkStride: i32,
  queries: i32, keys: i32, headDim: i32, scale: f32, dBias: usize, biasRow: i32, before: i32, after: i32, scratch: usize,
): void {
  const d = <usize>headDim << 2, d8 = <usize>padded(headDim) << 2;
  const block = scratch;
  const qs = block + BLOCK_BYTES;
  const qPanels = qs + <usize>QUERY_BLOCK * d;
  const dqs = qPanels + <usize>QUERY_BLOCK * d8;
  const kColumns = dqs + <usize>QUERY_BLOCK * d8;
  const shift = keys - queries;
  for (let q0 = 0; q0 < queries; q0 += QUERY_BLOCK) {
    const rows = min(QUERY_BLOCK, queries - q0);
    const first = firstKey(q0 + shift, before, keys) / KEY_BLOCK;
    const end = keyBlocks(endKey(q0 + rows - 1 + shift, after, keys));
    if (first >= end) continue;
    if (dk) {
      for (let i = 0; i < rows; i++) scaled(q + (<usize>(q0 + i) * <usize>qStride << 2), qs + <usize>i * d, headDim, scale);
      packColumns(qs, headDim, rows, headDim, qPanels);
    }
    for (let b = first; b < end; b++) {
      const k0 = b * KEY_BLOCK, columns = min(KEY_BLOCK, keys - k0);
      for (let i = 0; i < rows; i++) {
        const position = q0 + i + shift;
        const lo = max(0, firstKey(position, before, keys) - k0), hi = min(columns, endKey(position, after, keys) - k0);
        const row = block + <usize>i * BLOCK_ROW;
        memory.fill(row, 0, BLOCK_ROW);
        if (lo >= hi) continue;
        const from = <usize>lo << 2;
        memory.copy(row + from, dScores + (<usize>(q0 + i) * <usize>dScoresStride + <usize>(k0 + lo) << 2), <usize>(hi - lo) << 2);
        if (dBias) {
          const to = dBias + (<isize>(q0 + i) * biasRow + k0 + lo << 2);
          add(to, row + from, to, hi - lo);
        }
      }
      if (dk) {
        const to = dk + (<usize>k0 * <usize>dkStride << 2);
        product(block, 4, BLOCK_ROW, qPanels, to, <usize>dkStride << 2, columns, rows, headDim, true);
      }
      if (dq) {
        packColumns(k + (<usize>k0 * <usize>kStride << 2), kStride, columns, headDim, kColumns);
        product(block, BLOCK_ROW, 4, kColumns, dqs, d8, rows, columns, padded(headDim), b > first);
      }
    }
    if (dq) addScaled(dqs, padded(headDim), dq + (<usize>q0 * <usize>dqStride << 2), dqStride, rows, headDim, scale);
  }
}

/**
 * The gradient of `attentionContext`, the context of one head: dWeights += dOut · vᵀ, dv += weightsᵀ · dOut. Arguments are as for
 * `attentionContext`; gradients have the shapes of their values and are 0 if not needed.
 *
 * @param dOut [queries, valueDim]
 * @param scratch attentionWeightsGradientScratch(any, valueDim) bytes
 */
export function attentionContextGradient(
  weights: usize, weightsStride: i32, v: usize, vStride: i32, dOut: usize, dOutStride: i32, dWeights: usize, dWeightsStride: i32,
  dv: usize, dvStride: i32, queries: i32, keys: i32, valueDim: i32, scratch: usize,
): void {
  const panels = scratch;
  const vRows = panels + (<usize>(QUERY_BLOCK * padded(valueDim)) << 2);
  const weightsRow = <usize>weightsStride << 2;
  for (let q0 = 0; q0 < queries; q0 += QUERY_BLOCK) {
    const rows = min(QUERY_BLOCK, queries - q0);
    const from = dOut + (<usize>q0 * <usize>dOutStride << 2);
    if (dv) packColumns(from, dOutStride, rows, valueDim, panels);
    for (let k0 = 0; k0 < keys; k0 += KEY_BLOCK) {
      const columns = min(KEY_BLOCK, keys - k0);
      const at = <usize>k0 << 2;
      if (dv) {
        const to = dv + at * <usize>dvStride;
        product(weights + <usize>q0 * weightsRow + at, 4, weightsRow, panels, to, <usize>dvStride << 2, columns, rows, valueDim, true);
      }
      if (dWeights) {
        packRows(v + at * <usize>vStride, vStride, valueDim, columns, vRows);
        const to = dWeights + (<usize>q0 * <usize>dWeightsStride << 2) + at;
        product(from, <usize>dOutStride << 2, 4, vRows, to, <usize>dWeightsStride << 2, rows, valueDim, columns, true);
      }
    }
  }
}
