import { Random } from '@headwise/core/internal';
import { bleu, bleuMetric, type CorpusMetric, chrf, chrfMetric } from '@headwise/core/metrics';

const SAMPLES = 1000;

export type Interval = readonly [low: number, high: number];

/** Scores of a system on a test set, 0 to 100, with 95 % intervals. */
export interface SystemScores {
  readonly count: number;
  readonly chrf: number;
  readonly chrfInterval: Interval;
  /** Of characters. */
  readonly bleu: number;
  readonly bleuInterval: Interval;
  /** Of words and punctuation marks, sacreBLEU's `13a`. */
  readonly bleuWords: number;
  /** Fraction of outputs that are equal to their reference. */
  readonly exact: number;
}

/** Korean words change with their particles, so BLEU is of characters here. */
const charBleu = { tokenize: 'char' } as const;

export const signatures = (outputs: readonly string[], references: readonly string[]) => ({
  chrf: chrf(outputs, references).signature,
  bleu: bleu(outputs, references, charBleu).signature,
  bleuWords: bleu(outputs, references).signature,
});

export function systemScores(outputs: readonly string[], references: readonly string[]): SystemScores {
  return {
    count: outputs.length,
    chrf: chrf(outputs, references).score,
    chrfInterval: bootstrapInterval(outputs, references, chrfMetric()),
    bleu: bleu(outputs, references, charBleu).score,
    bleuInterval: bootstrapInterval(outputs, references, bleuMetric(charBleu)),
    bleuWords: bleu(outputs, references).score,
    exact: outputs.filter((output, i) => output === references[i]).length / outputs.length,
  };
}

/**
 * Percentile interval of a corpus score (95 %) over 1,000 test sets of the same size, drawn from the segments with replacement (Koehn 2004).
 * It has the spread by the choice of the test segments, not that of training runs.
 */
export function bootstrapInterval(
  outputs: readonly string[],
  references: readonly string[],
  metric: CorpusMetric,
): Interval {
  const rows = outputs.map((output, i) => metric.statistics(output, references[i]!));
  const width = rows[0]!.length;
  const random = new Random(12_345);
  const scores = Array.from({ length: SAMPLES }, () => {
    const sums = new Array<number>(width).fill(0);
    for (let draw = 0; draw < rows.length; draw++) {
      const row = rows[Math.floor(random.next() * rows.length)]!;
      for (let i = 0; i < width; i++) sums[i]! += row[i]!;
    }
    return metric.score(sums);
  }).sort((a, b) => a - b);
  const outside = Math.floor(SAMPLES * 0.025);
  return [scores[outside]!, scores[SAMPLES - 1 - outside]!];
}
