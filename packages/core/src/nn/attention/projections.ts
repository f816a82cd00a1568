import type { Backend, LinearWeights, Tensor } from '../../backend/backend.ts';

/** Queries, keys and values, heads side by side in the columns. */
export type QueriesKeysValues = readonly [queries: Tensor, keys: Tensor, values: Tensor];

/** How queries, keys and values come from what attention is given. */
export interface Projections {
  project(backend: Backend, query: Tensor, key: Tensor, value: Tensor): QueriesKeysValues;
}

/** All three from one input in one matmul: self-attention. */
export class FusedProjections implements Projections {
  readonly #weights: LinearWeights;
  readonly #queryWidth: number;
  readonly #keyWidth: number;

  /** `weights`: `queryWidth` output features for queries, then `keyWidth` for keys, then the rest for values. */
  constructor(weights: LinearWeights, queryWidth: number, keyWidth: number) {
    this.#weights = weights;
    this.#queryWidth = queryWidth;
    this.#keyWidth = keyWidth;
  }

  project(backend: Backend, query: Tensor): QueriesKeysValues {
    const all = backend.linear(query, this.#weights);
    const keys = this.#queryWidth;
    const values = keys + this.#keyWidth;
    return [
      backend.columns(all, 0, keys),
      backend.columns(all, keys, values),
      backend.columns(all, values, this.#weights.outFeatures),
    ];
  }
}

/** Each from an input of its own: attention to another sequence. */
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

  /** Queries alone, where keys and values were made before. */
  queries(backend: Backend, query: Tensor): Tensor {
    return backend.linear(query, this.#queries);
  }

  /** Keys and values alone, to be remembered. */
  keysValues(backend: Backend, key: Tensor, value: Tensor): readonly [keys: Tensor, values: Tensor] {
    return [backend.linear(key, this.#keys), backend.linear(value, this.#values)];
  }
}
