import type { Backend } from '../../backend/backend.ts';
import { ShapeError } from '../../errors.ts';
import { withScope } from '../run/forward.ts';
import { evenOffsets, type FloatArray } from '../torch/float-array.ts';
import { type Masks, maskBias } from './mask.ts';

/** Options of {@link scaledDotProductAttention}. */
export interface ScaledDotProductOptions extends Masks {
  /** Causal mask, with the ends of queries and keys aligned. Default false. */
  readonly isCausal?: boolean;
  /** Factor on the scores. Default 1/√headDim. */
  readonly scale?: number;
  /** Return the attention weights. Default false. */
  readonly needWeights?: boolean;
}

export interface ScaledDotProductResult {
  /** `[batch, heads, queries, valueDim]`. */
  readonly output: FloatArray;
  /** `[batch, heads, queries, keys]`, with `needWeights`. */
  readonly weights?: FloatArray;
}

/**
 * softmax(query · keyᵀ · scale + masks) · value, as PyTorch's `scaled_dot_product_attention`: `query[batch, heads, queries, headDim]`,
 * `key[batch, keyValueHeads, keys, headDim]` and `value[batch, keyValueHeads, keys, valueDim]` → `[batch, heads, queries, valueDim]`.
 * In grouped-query attention, consecutive query heads share a key-value head. Throws `ShapeError` for inconsistent shapes.
 */
export function scaledDotProductAttention(
  backend: Backend,
  query: FloatArray,
  key: FloatArray,
  value: FloatArray,
  options: ScaledDotProductOptions = {},
): ScaledDotProductResult {
  const [batch, heads, queries] = sizesOf('query', query);
  const [keyBatch, keyValueHeads, keys] = sizesOf('key', key);
  const [valueBatch, valueHeads, values, valueDim] = sizesOf('value', value);
  if (keyBatch !== batch || valueBatch !== batch || valueHeads !== keyValueHeads || values !== keys) {
    throw new ShapeError(
      `scaledDotProductAttention: query, key and value must agree in batch, and key and value in heads and length, got ${[
        query,
        key,
        value,
      ]
        .map(({ shape }) => `[${shape.join(', ')}]`)
        .join(', ')}`,
    );
  }
  const { isCausal = false, scale, needWeights = false } = options;
  const result = withScope(backend, () => {
    const bias = maskBias(backend, 'scaledDotProductAttention', options, { batch, heads, queries, keys });
    const [q, k, v] = [query, key, value].map((x) => {
      const { data, shape } = swapAxes(x);
      return backend.tensor(data, [shape[0]! * shape[1]!, shape[2]! * shape[3]!]);
    }) as [ReturnType<Backend['tensor']>, ReturnType<Backend['tensor']>, ReturnType<Backend['tensor']>];
    const attention = {
      heads,
      keyValueHeads,
      queryOffsets: evenOffsets(batch, queries),
      keyOffsets: evenOffsets(batch, keys),
      causal: isCausal,
      ...(scale !== undefined && { scale }),
      ...(bias && { bias }),
    };
    const allHeads = Array.from({ length: heads }, (_, head) => head);
    return {
      context: backend.read(backend.attention(q, k, v, attention)),
      weights: needWeights
        ? backend.read(backend.softmax(backend.attentionScores(q, k, attention, allHeads)))
        : undefined,
    };
  });
  const { weights } = result;
  return {
    output: swapAxes({ data: result.context, shape: [batch, queries, heads, valueDim] }),
    ...(weights && { weights: { data: weights, shape: [batch, heads, queries, keys] } }),
  };
}

function sizesOf(role: string, { data, shape }: FloatArray): readonly [number, number, number, number] {
  const [batch = 0, heads = 0, length = 0, features = 0] = shape;
  if (shape.length !== 4 || data.length !== batch * heads * length * features) {
    throw new ShapeError(
      `scaledDotProductAttention: ${role} must be [batch, heads, length, features], got [${shape.join(', ')}] of ${data.length} values`,
    );
  }
  return [batch, heads, length, features];
}

/** Swaps the middle axes: `[batch, a, b, features]` → `[batch, b, a, features]`. */
function swapAxes({ data, shape }: FloatArray): FloatArray {
  const [batch = 0, a = 0, b = 0, features = 0] = shape;
  const out = new Float32Array(data.length);
  let from = 0;
  for (let s = 0; s < batch; s++) {
    for (let i = 0; i < a; i++) {
      for (let j = 0; j < b; j++, from += features) {
        out.set(data.subarray(from, from + features), ((s * b + j) * a + i) * features);
      }
    }
  }
  return { data: out, shape: [batch, b, a, features] };
}
