import { findSubstrings, type Substring } from './substrings.ts';
import type { TrainingControl } from './training-control.ts';
import type { UnigramCorpus } from './unigram-corpus.ts';
import { UnigramLattice } from './unigram-lattice.ts';
import { UNK_PIECE, type UnigramPieces } from './unigram-pieces.ts';

/** Positions are below this, so that a score and an index are one exact number. */
const MAX_SUBSTRINGS = 2 ** 24;

/**
 * The first vocabulary: all characters, and the repeated substrings of the different words with the highest product of frequency and
 * length, up to `seedSize` pieces. Returns it with the lattice of all its occurrences.
 */
export async function seedPieces(
  corpus: UnigramCorpus,
  { maxPieceLength, seedSize }: { maxPieceLength: number; seedSize: number },
  control: TrainingControl,
): Promise<{ pieces: UnigramPieces; lattice: UnigramLattice }> {
  const { order, characters, repeated } = await findSubstrings(corpus, maxPieceLength, control);
  const characterCounts = countCharacters(corpus);
  const countOf = ({ start }: Substring) => characterCounts.get(corpus.codes[order[start]!]!)!;
  const scored = characters
    .map((substring) => ({ substring, score: countOf(substring) }))
    .reverse()
    .sort((a, b) => b.score - a.score);
  for (const index of byDescendingScore(repeated)) {
    if (scored.length >= seedSize) break;
    scored.push({ substring: repeated[index]!, score: scoreOf(repeated[index]!) });
  }
  await control.pause();
  const total = Math.log(scored.reduce((sum, { score }) => sum + score, 0));
  const pieces: UnigramPieces = {
    positions: Int32Array.from([-1, ...scored.map(({ substring }) => order[substring.start]!)]),
    lengths: Uint8Array.from([0, ...scored.map(({ substring }) => substring.length)]),
    scores: Float64Array.from([Number.NaN, ...scored.map(({ score }) => Math.log(score) - total)]),
  };
  await control.pause();
  const occurrences = scored.map(({ substring }, i) => ({ ...substring, piece: UNK_PIECE + 1 + i }));
  const lattice = await UnigramLattice.create(corpus, order, occurrences, control);
  return { pieces, lattice };
}

const scoreOf = ({ start, end, length }: Substring) => (end - start) * length;

/** Indices by descending score; of equal scores the lexicographically greatest first. */
function byDescendingScore(repeated: readonly Substring[]): number[] {
  const keys = Float64Array.from(repeated, (substring, i) => scoreOf(substring) * MAX_SUBSTRINGS + i).sort();
  return Array.from(keys, (key) => key % MAX_SUBSTRINGS).reverse();
}

/** Occurrences of each character in the corpus. */
function countCharacters({ codes, starts, counts }: UnigramCorpus): Map<number, number> {
  const result = new Map<number, number>();
  for (const [word, count] of counts.entries())
    for (const code of codes.subarray(starts[word]!, starts[word + 1]! - 1))
      result.set(code, (result.get(code) ?? 0) + count);
  return result;
}
