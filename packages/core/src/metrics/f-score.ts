/** Precision, recall and F1, each from 0 to 1. */
export interface FScore {
  /** True positives / predicted. */
  readonly precision: number;
  /** True positives / expected. */
  readonly recall: number;
  /** Harmonic mean of both: 2 · precision · recall / (precision + recall). */
  readonly f1: number;
}

/** Precision, recall and F1 from counts; 0 where a denominator is 0. */
export function fScoreOf(matches: number, predicted: number, expected: number): FScore {
  return {
    precision: predicted > 0 ? matches / predicted : 0,
    recall: expected > 0 ? matches / expected : 0,
    f1: predicted + expected > 0 ? (2 * matches) / (predicted + expected) : 0,
  };
}

/** Weighted mean of each of the three. The F1 is the mean of F1s, not the F1 of the means. */
export function meanFScore(scores: readonly FScore[], weights?: readonly number[]): FScore {
  const weightOf = (i: number) => weights?.[i] ?? 1;
  const total = scores.reduce((sum, _, i) => sum + weightOf(i), 0);
  const mean = (key: keyof FScore) =>
    scores.reduce((sum, score, i) => sum + score[key] * weightOf(i), 0) / total;
  return { precision: mean('precision'), recall: mean('recall'), f1: mean('f1') };
}
