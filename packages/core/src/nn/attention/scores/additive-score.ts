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
    values: Tensor,
    options: ScoreOptions,
  ): Steps<Tensor> {
    const { backend } = ctx;
    const { queryOffsets, keyOffsets, bias } = options;
    const pairs = pairsOf(queryOffsets, keyOffsets);
    const hidden = backend.activate(
      backend.add(
        backend.embedding(backend.linear(query, this.#query), pairs.queries),
        backend.embedding(keys, pairs.keys),
      ),
      'tanh',
    );
    const { shape } = pairs;
    const unmasked = backend.reshape(backend.linear(hidden, this.#score), shape);
    const masked = backend.add(unmasked, backend.tensor(maskOf(backend, pairs, bias), shape));
    const scores = yield* observe(ctx, `${name}.scores`, masked);
    const weights = yield* observe(ctx, `${name}.weights`, backend.softmax(scores));
    const context = backend.zeros([query.shape[0] ?? 0, values.shape[1] ?? 0]);
    backend.attentionContext(weights, values, { heads: 1, queryOffsets, keyOffsets }, [0], context);
    return yield* observe(ctx, `${name}.context`, context);
  }
}

/** All pairs of a query and a key of one sequence, padded to the longest sequence. */
interface Pairs {
  /** `[batch, 1, longest query, longest key]`. */
  readonly shape: readonly [number, number, number, number];
  /** Rows of the query and of the key of each pair; 0 for padding. */
  readonly queries: Int32Array;
  readonly keys: Int32Array;
  /** 0 for padding. */
  readonly real: Uint8Array;
}

function pairsOf(queryOffsets: Offsets, keyOffsets: Offsets): Pairs {
  const batch = queryOffsets.length - 1;
  const [rows, columns] = [longest(queryOffsets), longest(keyOffsets)];
  const size = batch * rows * columns;
  const [queries, keys, real] = [new Int32Array(size), new Int32Array(size), new Uint8Array(size)];
  let at = 0;
  for (let s = 0; s < batch; s++) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++, at++) {
        const [query, key] = [queryOffsets[s]! + i, keyOffsets[s]! + j];
        if (query >= queryOffsets[s + 1]! || key >= keyOffsets[s + 1]!) continue;
        queries[at] = query;
        keys[at] = key;
        real[at] = 1;
      }
    }
  }
  return { shape: [batch, 1, rows, columns], queries, keys, real };
}

function longest(offsets: Offsets): number {
  let length = 0;
  for (let s = 1; s < offsets.length; s++) length = Math.max(length, offsets[s]! - offsets[s - 1]!);
  return length;
}

/** −∞ for padding, else the bias. */
function maskOf(backend: Backend, { shape, real }: Pairs, bias: Tensor | undefined): Float32Array {
  const [, , rows, columns] = shape;
  const values = bias && backend.read(bias);
  const [biasBatch = 1, , biasRows = 1] = bias?.shape ?? [];
  return Float32Array.from(real, (isReal, at) => {
    if (!isReal) return -Infinity;
    if (!values) return 0;
    const [s, i, j] = [Math.floor(at / (rows * columns)), Math.floor(at / columns) % rows, at % columns];
    return values[((biasBatch === 1 ? 0 : s) * biasRows + (biasRows === 1 ? 0 : i)) * columns + j]!;
  });
}
