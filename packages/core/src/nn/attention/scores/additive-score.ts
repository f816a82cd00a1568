import type { Backend, LinearWeights, Offsets, Tensor } from '../../../backend/backend.ts';
import type { Steps } from '../../run/forward.ts';
import { type ForwardContext, observe } from '../../run/forward.ts';
import type { AttentionScore, ScoreOptions } from './score.ts';

/**
 * Additive scores, vᵀ tanh(W query + U key) (Bahdanau et al. 2015, https://arxiv.org/abs/1409.0473). Luong's concat (Luong et al. 2015,
 * https://arxiv.org/abs/1508.04025) is the same with [W U] as one matrix.
 */
export class AdditiveScore implements AttentionScore {
  readonly #query: LinearWeights;
  readonly #key: LinearWeights;
  readonly #score: LinearWeights;

  /** W `[hiddenDim, queryDim]`, U `[hiddenDim, keyDim]` and v `[1, hiddenDim]`. */
  constructor(query: LinearWeights, key: LinearWeights, score: LinearWeights) {
    this.#query = query;
    this.#key = key;
    this.#score = score;
  }

  prepare(backend: Backend, keys: Tensor): Tensor {
    return backend.linear(keys, this.#key);
  }

  *attend(
    ctx: ForwardContext,
    name: string,
    query: Tensor,
    keys: Tensor,
    memory: Tensor,
    options: ScoreOptions,
  ): Steps<Tensor> {
    const { backend } = ctx;
    const { queryOffsets, keyOffsets, bias } = options;
    const { shape, queries, keys: keyRows, padded } = pairsOf(queryOffsets, keyOffsets, keys.shape[0] ?? 0);
    const projected = backend.embedding(backend.linear(query, this.#query), queries);
    const sum = backend.add(projected, keyRows ? backend.embedding(keys, keyRows) : keys);
    let values = backend.linear(backend.activate(sum, 'tanh'), this.#score);
    if (padded) {
      const masked = backend.tensor(Float32Array.of(-Infinity), [1, 1]);
      values = backend.embedding(backend.concat([values, masked], 0), padded);
    }
    let unobserved = backend.reshape(values, shape);
    if (bias) unobserved = backend.add(unobserved, spread(backend, bias, shape));
    const scores = yield* observe(ctx, `${name}.scores`, unobserved);
    const weights = yield* observe(ctx, `${name}.weights`, backend.softmax(scores));
    const context = backend.zeros([query.shape[0] ?? 0, memory.shape[1] ?? 0]);
    backend.attentionContext(weights, memory, { heads: 1, queryOffsets, keyOffsets }, [0], context);
    return yield* observe(ctx, `${name}.context`, context);
  }
}

type Shape4 = readonly [number, number, number, number];

/** All pairs of a query and a key of one sequence. */
interface Pairs {
  /** `[batch, 1, longest query, longest key]`. */
  readonly shape: Shape4;
  /** The rows of the query and of the key of each pair. `keys` is undefined if these are all rows in order. */
  readonly queries: Int32Array;
  readonly keys: Int32Array | undefined;
  /** For each place of `shape` its pair, or as many as there are for padding. Undefined without padding. */
  readonly padded: Int32Array | undefined;
}

function pairsOf(queryOffsets: Offsets, keyOffsets: Offsets, keyRows: number): Pairs {
  const batch = queryOffsets.length - 1;
  const [rows, columns] = [longest(queryOffsets), longest(keyOffsets)];
  let count = 0;
  for (let s = 0; s < batch; s++) count += lengthOf(queryOffsets, s) * lengthOf(keyOffsets, s);
  const [queries, keys] = [new Int32Array(count), new Int32Array(count)];
  const padded = new Int32Array(batch * rows * columns).fill(count);
  let at = 0;
  for (let s = 0; s < batch; s++) {
    for (let query = queryOffsets[s]!; query < queryOffsets[s + 1]!; query++) {
      const row = (s * rows + query - queryOffsets[s]!) * columns;
      for (let key = keyOffsets[s]!; key < keyOffsets[s + 1]!; key++) {
        padded[row + key - keyOffsets[s]!] = at;
        queries[at] = query;
        keys[at++] = key;
      }
    }
  }
  const inOrder = count === keyRows && keys.every((key, i) => key === i);
  return {
    shape: [batch, 1, rows, columns],
    queries,
    keys: inOrder ? undefined : keys,
    padded: count === padded.length ? undefined : padded,
  };
}

function lengthOf(offsets: Offsets, s: number): number {
  return offsets[s + 1]! - offsets[s]!;
}

function longest(offsets: Offsets): number {
  let length = 0;
  for (let s = 1; s < offsets.length; s++) length = Math.max(length, offsets[s]! - offsets[s - 1]!);
  return length;
}

/** A bias `[batch or 1, 1, queries or 1, keys]` in all places of `shape`. */
function spread(backend: Backend, bias: Tensor, shape: Shape4): Tensor {
  const [batch, , rows, columns] = shape;
  const [biasBatch = 1, , biasRows = 1] = bias.shape;
  const values = backend.read(bias);
  const data = new Float32Array(batch * rows * columns);
  for (let s = 0; s < batch; s++) {
    for (let i = 0; i < rows; i++) {
      const from = ((biasBatch === 1 ? 0 : s) * biasRows + (biasRows === 1 ? 0 : i)) * columns;
      data.set(values.subarray(from, from + columns), (s * rows + i) * columns);
    }
  }
  return backend.tensor(data, shape);
}
