import type { Backend, LinearWeights, Tensor } from '../../backend/backend.ts';

/** Queries, keys and values: `[tokens, heads · headDim]` each. */
export type QueriesKeysValues = readonly [queries: Tensor, keys: Tensor, values: Tensor];

/** The input projections of an attention. */
export interface Projections {
  project(backend: Backend, query: Tensor, key: Tensor, value: Tensor): QueriesKeysValues;
}

/** Self-attention: one matmul projects queries, keys and values of one input. */
export class FusedProjections implements Projections {
  readonly #weights: LinearWeights;
  readonly #queryWidth: number;
  readonly #keyWidth: number;

  /** The rows of `weights` are `queryWidth` of queries, `keyWidth` of keys, and the rest of values. */
  constructor(weights: LinearWeights, queryWidth: number, keyWidth: number) {
    this.#weights = weights;
    this.#queryWidth = queryWidth;
    this.#keyWidth = keyWidth;
  }

  project(backend: Backend, query: Tensor): QueriesKeysValues {
    const projected = backend.linear(query, this.#weights);
    const firstKey = this.#queryWidth;
    const firstValue = firstKey + this.#keyWidth;
    return [
      backend.columns(projected, 0, firstKey),
      backend.columns(projected, firstKey, firstValue),
      backend.columns(projected, firstValue, this.#weights.outFeatures),
    ];
  }
}

/** Cross-attention: queries, keys and values are projected separately. */
export class SeparateProjections implements Projections {
  readonly #queries: LinearWeights;
  readonly #keys: LinearWeights;
  readonly #values: LinearWeights;

  constructor(queries: LinearWeights, keys: LinearWeights, values: LinearWeights) {
    this.#queries = queries;
    this.#keys = keys;
    this.#values = values;
  }

  project(backend: Backend, query: Tensor, key: Tensor, value: Tensor): QueriesKeysValues {
    return [this.queries(backend, query), ...this.keysValues(backend, key, value)];
  }

  /** Queries only, for cached keys and values. */
  queries(backend: Backend, query: Tensor): Tensor {
    return backend.linear(query, this.#queries);
  }

  /** Keys and values only, for a cache. */
  keysValues(backend: Backend, key: Tensor, value: Tensor): readonly [keys: Tensor, values: Tensor] {
    return [backend.linear(key, this.#keys), backend.linear(value, this.#values)];
  }
}
