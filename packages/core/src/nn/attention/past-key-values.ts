import type { Backend, Offsets, Tensor } from '../../backend/backend.ts';

/** Where the sequences of a batch are in a cache: the same for all layers. */
export interface CacheLocation {
  /** The position of each new token in its sequence. */
  readonly positions: Int32Array;
  /** The cache row of the first new token of each sequence. */
  readonly rows: Int32Array;
  /** The rows of each sequence, new tokens included; see `AttentionOptions.keyRanges`. */
  readonly ranges: { readonly starts: Int32Array; readonly lengths: Int32Array };
}

/** The cached keys and values of one layer, `[slots · rows, features]` each, and where the batch's sequences are in them. */
export interface PastKeyValues {
  readonly keys: Tensor;
  readonly values: Tensor;
  readonly location: CacheLocation;
}

/** Writes the keys and values of new tokens, `[tokens, features]` each, into the cache. */
export function appendKeyValues(
  backend: Backend,
  offsets: Offsets,
  past: PastKeyValues,
  keys: Tensor,
  values: Tensor,
): void {
  const { rows } = past.location;
  for (let s = 0; s < rows.length; s++) {
    const [from, to, row] = [offsets[s]!, offsets[s + 1]!, rows[s]!];
    const ofSequence = (x: Tensor) => (rows.length === 1 ? x : backend.rows(x, from, to));
    backend.assign(backend.rows(past.keys, row, row + to - from), ofSequence(keys));
    backend.assign(backend.rows(past.values, row, row + to - from), ofSequence(values));
  }
}
