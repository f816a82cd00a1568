import type { Backend, Offsets, Tensor } from '../../../backend/backend.ts';
import type { ForwardContext } from '../../run/forward-context.ts';
import type { Steps } from '../../run/steps.ts';

/** Where queries and keys of a batch lie, and which keys may not be seen; see `AttentionOptions`. */
export interface ScoreOptions {
  readonly queryOffsets: Offsets;
  readonly keyOffsets: Offsets;
  /** Added to the scores. */
  readonly bias?: Tensor;
}

/**
 * How well a query and a key go together, and what comes of it: e = score(query, key), weights = softmax(e), context = Σ weights ·
 * value. One interface for every way of scoring, so that a decoder can be given any.
 */
export interface AttentionScore {
  /** What can be computed of the keys once, whatever the queries: `[keys, keyDim]` → to be handed to {@link attend}. */
  prepare(backend: Backend, keys: Tensor): Tensor;
  /**
   * `query[queries, queryDim]`, prepared keys and `values[keys, valueDim]` → context `[queries, valueDim]`. Activations:
   * `<name>.scores`, `<name>.weights` (`[batch, 1, queries, keys]`), `<name>.context`.
   */
  attend(
    ctx: ForwardContext,
    name: string,
    query: Tensor,
    keys: Tensor,
    values: Tensor,
    options: ScoreOptions,
  ): Steps<Tensor>;
}
