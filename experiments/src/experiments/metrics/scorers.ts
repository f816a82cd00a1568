import {
  bleu,
  characterErrorRate,
  chrf,
  exactMatch,
  meteorExact,
  rouge,
  sentenceBleu,
  ter,
  wordErrorRate,
} from '@headwise/core/metrics';

/** A metric, as it is usually reported for a text and for a corpus. */
export interface Scorer {
  readonly name: string;
  readonly lowIsBetter: boolean;
  /** The score of a perfect translation, or for `lowIsBetter` that of one without anything right. */
  readonly scale: 1 | 100;
  readonly text: (output: string, reference: string) => number;
  readonly corpus: (outputs: readonly string[], references: readonly string[]) => number;
}

/** A metric whose score of a text is that of a corpus of one. */
const alike = (name: string, scale: 1 | 100, lowIsBetter: boolean, corpus: Scorer['corpus']): Scorer => ({
  name,
  scale,
  lowIsBetter,
  corpus,
  text: (output, reference) => corpus([output], [reference]),
});

export const scorers: readonly Scorer[] = [
  {
    name: 'BLEU',
    scale: 100,
    lowIsBetter: false,
    text: (output, reference) => sentenceBleu(output, reference).score,
    corpus: (outputs, references) => bleu(outputs, references).score,
  },
  {
    name: 'BLEU of characters',
    scale: 100,
    lowIsBetter: false,
    text: (output, reference) => sentenceBleu(output, reference, { tokenize: 'char' }).score,
    corpus: (outputs, references) => bleu(outputs, references, { tokenize: 'char' }).score,
  },
  alike('chrF', 100, false, (outputs, references) => chrf(outputs, references).score),
  alike('chrF++', 100, false, (outputs, references) => chrf(outputs, references, { wordOrder: 2 }).score),
  alike('TER', 100, true, (outputs, references) => ter(outputs, references).score),
  alike('METEOR, exact', 1, false, (outputs, references) => meteorExact(outputs, references)),
  alike(
    'ROUGE-L, Unicode',
    1,
    false,
    (outputs, references) => rouge(outputs, references, { tokenize: 'unicode' }).rougeL.f1,
  ),
  alike('ROUGE-L, ASCII', 1, false, (outputs, references) => rouge(outputs, references).rougeL.f1),
  alike('WER', 1, true, wordErrorRate),
  alike('CER', 1, true, characterErrorRate),
  alike('exact match', 1, false, (outputs, references) => exactMatch(outputs, references)),
];

/** A score from 0 to 1 where higher is better: error rates are subtracted from 1, and are 0 where they exceed 1. */
export function quality({ lowIsBetter, scale }: Scorer, score: number): number {
  return lowIsBetter ? Math.max(0, 1 - score / scale) : score / scale;
}
