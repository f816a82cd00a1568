/** Index of the piece that stands for characters without a piece. */
export const UNK_PIECE = 0;

/** How much less probable an unknown character is than the least probable piece, as a difference of log-probabilities. */
const UNK_PENALTY = 10;

/** The vocabulary during training. Piece {@link UNK_PIECE} has no text and the score NaN. */
export interface UnigramPieces {
  /** A position of the corpus at which the piece occurs `[pieces]`. */
  readonly positions: Int32Array;
  /** Characters `[pieces]`. */
  readonly lengths: Uint8Array;
  /** Log-probabilities `[pieces]`. */
  readonly scores: Float64Array;
}

/** The smallest score, without that of the unknown piece. `Infinity` if there are no other pieces. */
export function minScore({ scores }: UnigramPieces): number {
  let least = Infinity;
  for (let i = UNK_PIECE + 1; i < scores.length; i++) least = Math.min(least, scores[i]!);
  return least;
}

/** Scores for segmentation, in which the unknown piece has one. */
export function segmentationScores(pieces: UnigramPieces): Float64Array {
  const scores = Float64Array.from(pieces.scores);
  scores[UNK_PIECE] = minScore(pieces) - UNK_PENALTY;
  return scores;
}

/** The pieces of the given indices, in that order, with new scores if given. */
export function selectPieces(
  { positions, lengths, scores }: UnigramPieces,
  indices: readonly number[],
  newScores?: readonly number[],
): UnigramPieces {
  return {
    positions: Int32Array.from(indices, (i) => positions[i]!),
    lengths: Uint8Array.from(indices, (i) => lengths[i]!),
    scores: Float64Array.from(newScores ?? indices.map((i) => scores[i]!)),
  };
}
