import { biasStrides } from '../../backend/check-attention.ts';
import { softmax } from '../../backend/reference/attention.ts';
import type { Floats } from '../memory/float-buffer.ts';
import type { AttentionGradient, GradientRules } from './rules.ts';

/** One query of one head: its place, and where its keys are. */
interface Query {
  readonly sequence: number;
  /** Index of the head in `headIndices`. */
  readonly index: number;
  readonly head: number;
  /** Index of the query in its sequence. */
  readonly query: number;
  /** Row of the query. */
  readonly row: number;
  /** Row of the first key. */
  readonly firstKey: number;
  readonly keyCount: number;
  /** Visible keys: `from` to `to`, excluded. */
  readonly from: number;
  readonly to: number;
}

function forEachQuery(
  { batch, queryOffsets, keyStarts, keyLengths, queryStarts, before, after }: AttentionGradient['sizes'],
  headIndices: readonly number[],
  visit: (query: Query) => void,
): void {
  for (let sequence = 0; sequence < batch; sequence++) {
    const firstQuery = queryOffsets[sequence]!;
    const queryCount = queryOffsets[sequence + 1]! - firstQuery;
    const [firstKey, keyCount] = [keyStarts[sequence]!, keyLengths[sequence]!];
    for (const [index, head] of headIndices.entries()) {
      for (let query = 0; query < queryCount; query++) {
        const position = query + queryStarts[sequence]!;
        const from = Math.min(keyCount, Math.max(0, position - before));
        const to = Math.max(from, Math.min(keyCount, position + after + 1));
        const row = firstQuery + query;
        visit({ sequence, index, head, query, row, firstKey, keyCount, from, to });
      }
    }
  }
}

/** Index in the bias of a query's first key. */
function biasRow(shape: readonly number[], { sequence, head, query }: Query): number {
  const strides = biasStrides({ shape });
  return sequence * strides.batch + head * strides.head + query * strides.query;
}

/** Adds the gradients of the scores of one query, `dScores[keyCount]`, to those of queries, keys and bias. */
function addScoreGradients(
  { q, k, bias, sizes, dq, dk, dBias }: AttentionGradient,
  [queries, keys]: readonly [Float32Array, Float32Array],
  place: Query,
  dScores: Floats,
): void {
  const { headDim, group, scale, softCap } = sizes;
  const queryColumn = place.head * headDim;
  const keyColumn = Math.floor(place.head / group) * headDim;
  const queryAt = place.row * q.shape[1]! + queryColumn;
  const biasAt = bias && dBias ? dBias.start + biasRow(bias.shape, place) : 0;
  for (let key = place.from; key < place.to; key++) {
    let gradient = dScores[key]!;
    if (gradient === 0) continue;
    if (dBias) dBias.data[biasAt + key]! += gradient;
    const row = place.firstKey + key;
    const keyAt = row * k.shape[1]! + keyColumn;
    if (softCap) {
      let dot = 0;
      for (let d = 0; d < headDim; d++) dot += queries[queryAt + d]! * keys[keyAt + d]!;
      // The derivative of c · tanh(s / c) is 1 − tanh²(s / c).
      gradient *= 1 - Math.tanh((dot * scale) / softCap) ** 2;
    }
    if (dq) {
      const to = dq.start + place.row * dq.stride + queryColumn;
      for (let d = 0; d < headDim; d++) dq.data[to + d]! += gradient * scale * keys[keyAt + d]!;
    }
    if (dk) {
      const to = dk.start + row * dk.stride + keyColumn;
      for (let d = 0; d < headDim; d++) dk.data[to + d]! += gradient * scale * queries[queryAt + d]!;
    }
  }
}

/**
 * O = P · V with P = softmax(S), S = cap(Q · Kᵀ · scale) + bias: dV += Pᵀ · dO, dP = dO · Vᵀ, dS = P · (dP − Σ P · dP), dQ += dS · K · scale,
 * dK += dSᵀ · Q · scale, dBias += dS, summed over the axes that it is broadcast along.
 *
 * P is computed again, one query at a time, so that no matrix of scores is stored (Dao et al. 2022, https://arxiv.org/abs/2205.14135,
 * Algorithm 4). Grouped heads add to the gradients of the keys and values that they share.
 */
export const attention: GradientRules['attention'] = (args) => {
  const { q, k, v, bias, sizes, dy, dv, valueDim } = args;
  const { headDim, group, scale, heads, softCap } = sizes;
  const [queries, keys, values] = [q.values(), k.values(), v.values()];
  const biases = bias?.values();
  const [queryWidth, keyWidth, valueWidth] = [q.shape[1]!, k.shape[1]!, v.shape[1]!];
  const all = Array.from({ length: heads }, (_, head) => head);
  forEachQuery(sizes, all, (place) => {
    const { head, row, firstKey, keyCount, from, to } = place;
    const shared = Math.floor(head / group);
    const queryAt = row * queryWidth + head * headDim;
    const scores = new Float64Array(keyCount).fill(-Infinity);
    const biasAt = bias ? biasRow(bias.shape, place) : 0;
    for (let key = from; key < to; key++) {
      const keyAt = (firstKey + key) * keyWidth + shared * headDim;
      let dot = 0;
      for (let d = 0; d < headDim; d++) dot += queries[queryAt + d]! * keys[keyAt + d]!;
      const score = softCap ? softCap * Math.tanh((dot * scale) / softCap) : dot * scale;
      scores[key] = score + (biases ? biases[biasAt + key]! : 0);
    }
    const weights = softmax(scores);
    const gradientAt = dy.start + row * dy.stride + head * valueDim;
    const dWeights = new Float64Array(keyCount);
    let sum = 0;
    for (let key = from; key < to; key++) {
      const weight = weights[key]!;
      if (weight === 0) continue;
      const valueAt = (firstKey + key) * valueWidth + shared * valueDim;
      const dvAt = dv ? dv.start + (firstKey + key) * dv.stride + shared * valueDim : 0;
      let dot = 0;
      for (let d = 0; d < valueDim; d++) {
        const gradient = dy.data[gradientAt + d]!;
        dot += gradient * values[valueAt + d]!;
        if (dv) dv.data[dvAt + d]! += weight * gradient;
      }
      dWeights[key] = dot;
      sum += weight * dot;
    }
    for (let key = from; key < to; key++) dWeights[key] = weights[key]! * (dWeights[key]! - sum);
    addScoreGradients(args, [queries, keys], place, dWeights);
  });
};

/** S = Q · Kᵀ · scale + bias of some heads: see {@link attention}. Masked keys and padding have no gradient. */
export const attentionScores: GradientRules['attentionScores'] = (args) => {
  const { q, k, sizes, dy, headIndices } = args;
  const values = [q.values(), k.values()] as const;
  forEachQuery(sizes, headIndices, (place) => {
    const row = (place.sequence * headIndices.length + place.index) * sizes.longestQuery + place.query;
    const at = dy.start + row * dy.stride;
    addScoreGradients(args, values, place, dy.data.slice(at, at + place.keyCount));
  });
};

/** Columns of the context = weights · V: dWeights += dContext · Vᵀ, dV += weightsᵀ · dContext. The columns were overwritten. */
export const attentionContext: GradientRules['attentionContext'] = (args) => {
  const { weights, v, sizes, queryOffsets, headIndices, dy, dWeights, dv } = args;
  const { valueDim, batch, longestQuery, longestKey, group, keyStarts, keyLengths } = sizes;
  const [w, values] = [weights.values(), v.values()];
  const width = v.shape[1]!;
  // A head that is listed twice was overwritten the second time: from last to first.
  for (let index = headIndices.length - 1; index >= 0; index--) {
    const head = headIndices[index]!;
    const column = Math.floor(head / group) * valueDim;
    for (let sequence = 0; sequence < batch; sequence++) {
      const firstQuery = queryOffsets[sequence]!;
      for (let query = firstQuery; query < queryOffsets[sequence + 1]!; query++) {
        const row = (sequence * headIndices.length + index) * longestQuery + query - firstQuery;
        const from = dy.start + query * dy.stride + head * valueDim;
        for (let key = 0; key < keyLengths[sequence]!; key++) {
          const valueRow = keyStarts[sequence]! + key;
          const weight = w[row * longestKey + key]!;
          let dot = 0;
          for (let d = 0; d < valueDim; d++) {
            const gradient = dy.data[from + d]!;
            dot += gradient * values[valueRow * width + column + d]!;
            if (dv) dv.data[dv.start + valueRow * dv.stride + column + d]! += weight * gradient;
          }
          if (dWeights) dWeights.data[dWeights.start + row * dWeights.stride + key]! += dot;
        }
        dy.data.fill(0, from, from + valueDim);
      }
    }
  }
};
