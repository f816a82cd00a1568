import { dot, rowOf, type Vectors } from './vectors.ts';

/** How well queries find their text among candidates. All fractions from 0 to 1. */
export interface RetrievalScores {
  readonly queries: number;
  readonly candidates: number;
  /** Queries whose text is the first candidate. */
  readonly recallAt1: number;
  /** Queries whose text is among the first five. */
  readonly recallAt5: number;
  /** Mean of 1 / rank. */
  readonly mrr: number;
}

/** Where a query's text is among the candidates. */
export interface Place {
  /** Candidates with a greater score. */
  readonly above: number;
  /** Other candidates with the same score. */
  readonly tied: number;
}

/** The place of the candidate `gold` by scores. Scores that are not numbers count as above: a broken model does not score. */
export function placeOf(scores: ArrayLike<number>, gold: number): Place {
  const own = scores[gold]!;
  let [above, tied] = [0, -1];
  for (let i = 0; i < scores.length; i++) {
    if (scores[i] === own) tied++;
    else if (!(scores[i]! < own)) above++;
  }
  return Number.isNaN(own) ? { above: scores.length - 1, tied: 0 } : { above, tied };
}

/** Rank from 1; the mean of the possible ones for ties. */
export const rankOf = ({ above, tied }: Place): number => 1 + above + tied / 2;

/** Scores of places. Ties are broken at random: their expected values. */
export function retrievalScores(places: readonly Place[], candidates: number): RetrievalScores {
  const recall = (k: number) =>
    places.reduce((sum, { above, tied }) => sum + Math.min(1, Math.max(0, (k - above) / (tied + 1))), 0) /
    places.length;
  return {
    queries: places.length,
    candidates,
    recallAt1: recall(1),
    recallAt5: recall(5),
    mrr: places.reduce((sum, place) => sum + 1 / rankOf(place), 0) / places.length,
  };
}

/** The expected scores of a random order. */
export function chanceScores(queries: number, candidates: number): RetrievalScores {
  const harmonic = Array.from({ length: candidates }, (_, i) => 1 / (i + 1)).reduce((a, b) => a + b, 0);
  return {
    queries,
    candidates,
    recallAt1: 1 / candidates,
    recallAt5: Math.min(1, 5 / candidates),
    mrr: harmonic / candidates,
  };
}

/** Cosine similarities of a unit vector to all candidates, unit vectors too. */
export const similarities = (query: Float32Array, candidates: Vectors): Float64Array =>
  Float64Array.from({ length: candidates.rows }, (_, row) => dot(query, rowOf(candidates, row)));

/**
 * The place of query `i`'s text among the candidates.
 *
 * @param gold index of the candidate that belongs to a query; default: the same index
 */
export function places(
  queries: Vectors,
  candidates: Vectors,
  gold: (query: number) => number = (query) => query,
): Place[] {
  return Array.from({ length: queries.rows }, (_, i) =>
    placeOf(similarities(rowOf(queries, i), candidates), gold(i)),
  );
}
