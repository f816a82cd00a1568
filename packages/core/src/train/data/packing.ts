/** A tokenised text. */
export interface TokenExample {
  /** Token ids, special tokens included. */
  readonly ids: ArrayLike<number>;
  /** Segment of each token; see `TokenBatch.typeIds`. Default: all 0. */
  readonly typeIds?: ArrayLike<number>;
}

/** Offsets of sequences of these lengths, one after another. */
export function packedOffsets(lengths: readonly number[]): Int32Array {
  const offsets = new Int32Array(lengths.length + 1);
  for (const [s, length] of lengths.entries()) offsets[s + 1] = offsets[s]! + length;
  return offsets;
}

/** Sequences of integers, one after another. */
export function packIds(sequences: readonly ArrayLike<number>[]): { ids: Int32Array; offsets: Int32Array } {
  const offsets = packedOffsets(sequences.map(({ length }) => length));
  const ids = new Int32Array(offsets.at(-1)!);
  for (const [s, sequence] of sequences.entries()) ids.set(sequence, offsets[s]!);
  return { ids, offsets };
}

/** Examples as a token batch. */
export function packTokens(examples: readonly TokenExample[]): {
  ids: Int32Array;
  typeIds: Int32Array;
  offsets: Int32Array;
} {
  const { ids, offsets } = packIds(examples.map((example) => example.ids));
  const typeIds = new Int32Array(ids.length);
  for (const [s, example] of examples.entries())
    if (example.typeIds) typeIds.set(example.typeIds, offsets[s]!);
  return { ids, typeIds, offsets };
}
