/** A batch of token sequences, concatenated without padding. */
export interface TokenBatch {
  /** Token ids of all sequences. */
  readonly ids: Int32Array;
  /** Segment of each token: 0 for the first text, 1 for the second of a pair. */
  readonly typeIds: Int32Array;
  /** Sequence `s` is the tokens `offsets[s]` to `offsets[s + 1]`. */
  readonly offsets: Int32Array;
  /** Sources that are sounds: the frames of all sequences, `[2 · tokens, bins]`, or their samples, instead of ids, which are 0. */
  readonly frames?: Float32Array;
  /** Where `frames` are samples: sequence `s` is those at `frameOffsets[s]` to `frameOffsets[s + 1]`. */
  readonly frameOffsets?: Int32Array;
}
