import { chrf, exactMatch, rouge, sentenceBleu } from '@headwise/core/metrics';

/** Measures of one translation against one reference. BLEU and chrF from 0 to 100, the others from 0 to 1. */
export interface Scores {
  readonly bleu: number;
  readonly chrf: number;
  readonly rouge1: number;
  readonly rougeL: number;
  readonly exact: number;
}

export function scoresOf(hypothesis: string, reference: string): Scores {
  const { rouge1, rougeL } = rouge([hypothesis], [reference]);
  return {
    bleu: sentenceBleu(hypothesis, [reference]).score,
    chrf: chrf([hypothesis], [reference]).score,
    rouge1: rouge1.f1,
    rougeL: rougeL.f1,
    exact: exactMatch([hypothesis], [reference]),
  };
}
