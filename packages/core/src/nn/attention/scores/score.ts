import type { Backend, Offsets, Tensor } from '../../../backend/backend.ts';
import type { ForwardContext, Steps } from '../../run/forward.ts';

/** Offsets of the sequences, and a mask; see `AttentionOptions`. */
export interface ScoreOptions {
  readonly queryOffsets: Offsets;
  readonly keyOffsets: Offsets;
  /** Added to the scores. */
  readonly bias?: Tensor;
}

/**
 * An attention score: e = score(query, key), weights = softmax(e), context = Σ weight · value. Recurrent decoders take any of them.
 */
export interface AttentionScore {
  /** The part of the score that depends only on keys `[keys, keyDim]`: the `keys` of {@link attend}. */
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
