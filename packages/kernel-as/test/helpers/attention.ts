// Attention and its gradient in float64, one query at a time.

export const ALL = 0x7fff_ffff;

export interface AttentionShape {
  queries: number;
  keys: number;
  heads: number;
  /** Query heads per key-value head. */
  group: number;
  headDim: number;
  valueDim: number;
  scale: number;
  before: number;
  after: number;
  /** Strides of the bias between heads and between queries, in elements. */
  biasHead: number;
  biasRow: number;
}

/** Dense operands: rows of all heads. */
export interface AttentionOperands {
  q: Float32Array;
  k: Float32Array;
  v: Float32Array;
  bias: Float32Array | undefined;
}

export interface AttentionGradients {
  out: Float64Array;
  dq: Float64Array;
  dk: Float64Array;
  dv: Float64Array;
  dBias: Float64Array;
}

/** Keys that a query sees: from the first, to the last excluded. */
export function visibleKeys(
  { queries, keys, before, after }: AttentionShape,
  query: number,
): [from: number, to: number] {
  const position = query + keys - queries;
  const from = Math.max(0, position - before);
  return [from, Math.max(from, Math.min(keys, position + after + 1))];
}

export function attentionGradient64(
  shape: AttentionShape,
  { q, k, v, bias }: AttentionOperands,
  dOut: Float32Array,
): AttentionGradients {
  const { queries, keys, heads, group, headDim, valueDim, scale, biasHead, biasRow } = shape;
  const kvHeads = heads / group;
  const result: AttentionGradients = {
    out: new Float64Array(queries * heads * valueDim),
    dq: new Float64Array(q.length),
    dk: new Float64Array(k.length),
    dv: new Float64Array(v.length),
    dBias: new Float64Array(bias?.length ?? 0),
  };
  for (let head = 0; head < heads; head++) {
    for (let query = 0; query < queries; query++) {
      const [from, to] = visibleKeys(shape, query);
      const queryAt = (query * heads + head) * headDim;
      const outAt = (query * heads + head) * valueDim;
      const keyAt = (key: number) => (key * kvHeads + Math.floor(head / group)) * headDim;
      const valueAt = (key: number) => (key * kvHeads + Math.floor(head / group)) * valueDim;
      const biasAt = head * biasHead + query * biasRow;
      const scores = new Float64Array(keys).fill(-Infinity);
      for (let key = from; key < to; key++) {
        let dot = 0;
        for (let i = 0; i < headDim; i++) dot += q[queryAt + i]! * k[keyAt(key) + i]!;
        scores[key] = dot * scale + (bias ? bias[biasAt + key]! : 0);
      }
      const top = scores.reduce((a, b) => Math.max(a, b), -Infinity);
      if (top === -Infinity) continue;
      const weights = scores.map((score) => Math.exp(score - top));
      const sum = weights.reduce((a, b) => a + b, 0);
      const dWeights = new Float64Array(keys);
      let total = 0;
      for (let key = from; key < to; key++) {
        weights[key]! /= sum;
        let dot = 0;
        for (let i = 0; i < valueDim; i++) {
          dot += dOut[outAt + i]! * v[valueAt(key) + i]!;
          result.out[outAt + i]! += weights[key]! * v[valueAt(key) + i]!;
          result.dv[valueAt(key) + i]! += weights[key]! * dOut[outAt + i]!;
        }
        dWeights[key] = dot;
        total += weights[key]! * dot;
      }
      for (let key = from; key < to; key++) {
        const gradient = weights[key]! * (dWeights[key]! - total);
        if (bias) result.dBias[biasAt + key]! += gradient;
        for (let i = 0; i < headDim; i++) {
          result.dq[queryAt + i]! += gradient * scale * k[keyAt(key) + i]!;
          result.dk[keyAt(key) + i]! += gradient * scale * q[queryAt + i]!;
        }
      }
    }
  }
  return result;
}
