import type { AttentionOptions, Tensor } from '../backend.ts';
import {
  biasStrides,
  checkAttention,
  checkContext,
  checkHeadIndices,
  checkValueHeads,
} from '../check-attention.ts';
import { asReferenceTensor, ReferenceTensor } from './tensor.ts';

/** Softmax of a list; zeros if every score is −∞. */
export function softmax(scores: Float64Array): Float64Array {
  const { length } = scores;
  const weights = new Float64Array(length);
  let top = -Infinity;
  for (let i = 0; i < length; i++) top = Math.max(top, scores[i]!);
  if (top === -Infinity) return weights;
  let sum = 0;
  for (let i = 0; i < length; i++) {
    weights[i] = Math.exp(scores[i]! - top);
    sum += weights[i]!;
  }
  for (let i = 0; i < length; i++) weights[i]! /= sum;
  return weights;
}

/** Calls `visit` with the scores `[keys]` of each query, for each sequence and each head of `headIndices`. */
function forEachQuery(
  q: Tensor,
  k: Tensor,
  options: AttentionOptions,
  headIndices: readonly number[],
  visit: (place: {
    sequence: number;
    index: number;
    head: number;
    query: number;
    scores: Float64Array;
  }) => void,
): void {
  const sizes = checkAttention(q, k, options);
  checkHeadIndices(sizes.heads, headIndices);
  const { headDim, group, scale, queryOffsets, keyStarts, keyLengths, before, after, softCap } = sizes;
  const [queries, keys] = [asReferenceTensor(q), asReferenceTensor(k)];
  const bias = options.bias && asReferenceTensor(options.bias);
  const biasStride = options.bias && biasStrides(options.bias);
  for (let sequence = 0; sequence < sizes.batch; sequence++) {
    const firstQuery = queryOffsets[sequence]!;
    const firstKey = keyStarts[sequence]!;
    const queryCount = queryOffsets[sequence + 1]! - firstQuery;
    const keyCount = keyLengths[sequence]!;
    for (const [index, head] of headIndices.entries()) {
      const queryColumn = head * headDim;
      const keyColumn = Math.floor(head / group) * headDim;
      for (let query = 0; query < queryCount; query++) {
        const position = query + sizes.queryStarts[sequence]!;
        const scores = new Float64Array(keyCount);
        for (let key = 0; key < keyCount; key++) {
          if (key < position - before || key > position + after) {
            scores[key] = -Infinity;
            continue;
          }
          let dot = 0;
          for (let d = 0; d < headDim; d++) {
            dot += queries.at(firstQuery + query, queryColumn + d) * keys.at(firstKey + key, keyColumn + d);
          }
          scores[key] = softCap ? softCap * Math.tanh((dot * scale) / softCap) : dot * scale;
          if (bias && biasStride) {
            const row = sequence * biasStride.batch + head * biasStride.head + query * biasStride.query;
            const offset = bias.data[bias.start + row + key]!;
            // A bias of −∞ masks also scores that are NaN or ∞.
            scores[key] = offset === -Infinity ? -Infinity : scores[key]! + offset;
          }
        }
        visit({ sequence, index, head, query, scores });
      }
    }
  }
}

export function attention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions): ReferenceTensor {
  const sizes = checkAttention(q, k, options);
  const valueDim = checkValueHeads(v, sizes.keyValueHeads, options, sizes.batch, sizes.keyRows);
  const values = asReferenceTensor(v);
  const width = sizes.heads * valueDim;
  const out = new ReferenceTensor(new Float64Array(sizes.queries * width), [sizes.queries, width]);
  const all = Array.from({ length: sizes.heads }, (_, head) => head);
  forEachQuery(q, k, options, all, ({ sequence, head, query, scores }) => {
    const weights = softmax(scores);
    const valueColumn = Math.floor(head / sizes.group) * valueDim;
    for (let d = 0; d < valueDim; d++) {
      let sum = 0;
      for (let key = 0; key < weights.length; key++) {
        // Masked keys are skipped: 0 · NaN is NaN.
        if (scores[key] !== -Infinity)
          sum += weights[key]! * values.at(sizes.keyStarts[sequence]! + key, valueColumn + d);
      }
      out.set(sizes.queryOffsets[sequence]! + query, head * valueDim + d, sum);
    }
  });
  return out;
}

export function attentionScores(
  q: Tensor,
  k: Tensor,
  options: AttentionOptions,
  headIndices: readonly number[],
): ReferenceTensor {
  const { batch, longestQuery, longestKey } = checkAttention(q, k, options);
  const shape = [batch, headIndices.length, longestQuery, longestKey];
  const out = new ReferenceTensor(
    new Float64Array(batch * headIndices.length * longestQuery * longestKey).fill(-Infinity),
    shape,
  );
  forEachQuery(q, k, options, headIndices, ({ sequence, index, query, scores }) => {
    const row = (sequence * headIndices.length + index) * longestQuery + query;
    for (let key = 0; key < scores.length; key++) out.set(row, key, scores[key]!);
  });
  return out;
}

export function attentionContext(
  weights: Tensor,
  v: Tensor,
  options: AttentionOptions,
  headIndices: readonly number[],
  context: Tensor,
): void {
  const { valueDim, batch, longestQuery, group, keyStarts, keyLengths } = checkContext(
    weights,
    v,
    options,
    headIndices,
    context,
  );
  const [w, values, out] = [asReferenceTensor(weights), asReferenceTensor(v), asReferenceTensor(context)];
  const { queryOffsets } = options;
  for (let sequence = 0; sequence < batch; sequence++) {
    const keyCount = keyLengths[sequence]!;
    for (const [index, head] of headIndices.entries()) {
      for (let query = queryOffsets[sequence]!; query < queryOffsets[sequence + 1]!; query++) {
        const row = (sequence * headIndices.length + index) * longestQuery + query - queryOffsets[sequence]!;
        for (let d = 0; d < valueDim; d++) {
          let sum = 0;
          for (let key = 0; key < keyCount; key++) {
            const weight = w.at(row, key);
            // Keys without weight are skipped, as masked keys in `attention`.
            if (weight === 0) continue;
            sum += weight * values.at(keyStarts[sequence]! + key, Math.floor(head / group) * valueDim + d);
          }
          out.set(query, head * valueDim + d, sum);
        }
      }
    }
  }
}
