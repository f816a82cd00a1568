import { decodeEntities, separateDots, separatePunctuation } from './bleu-tokenizers.ts';
import {
  type CorpusMetric,
  pairSegments,
  type References,
  referenceCount,
  type Segment,
  sumColumns,
  toSegment,
} from './corpus.ts';
import { editsWithShifts } from './ter-shifts.ts';
import { splitWords, trimEnd } from './text.ts';

export interface TerOptions {
  /** Separates punctuation from words. Default: false. */
  readonly normalized?: boolean;
  /** Removes the punctuation marks `. , ? : ; ! " ( )`. Default: false. */
  readonly noPunctuation?: boolean;
  /** Default: false, which compares texts in lower case. */
  readonly caseSensitive?: boolean;
}

export interface TerScore {
  /** Edits per 100 words of reference: 0 is best, more than 100 is possible. */
  readonly score: number;
  /** Edits to the closest reference, summed over the corpus. */
  readonly edits: number;
  /** Mean number of words of a segment's references, summed over the corpus. */
  readonly referenceLength: number;
  /** Settings in the form of sacreBLEU's signature, without its version: report it with the score. */
  readonly signature: string;
}

/**
 * Translation edit rate of a corpus (Snover et al. 2006), by the algorithm of Tercom as sacreBLEU 2 implements it, and equal to it.
 *
 * TER = 100 · edits / words of reference,
 *
 * with edits the insertions, deletions and substitutions of words, and shifts of word sequences, that turn a hypothesis into its closest
 * reference. 100 if all references are empty and a hypothesis is not.
 *
 * Measures: the work of correcting the hypotheses. Lower is better.
 *
 * Misleads: a shift costs 1 whatever its length and distance; a wrong ending costs as much as a wrong word. The number of edits is an upper
 * bound: the search for shifts is greedy, and the edit distance is computed within a band around the diagonal. An empty hypothesis has 100,
 * which is better than many bad translations. {@link wordErrorRate} is the same without shifts.
 *
 * @param references `references[i]` belongs to `hypotheses[i]`
 * @throws ShapeError if the lists differ in length or are empty, or a hypothesis has no reference
 */
export function ter(
  hypotheses: readonly string[],
  references: readonly References[],
  options: TerOptions = {},
): TerScore {
  const segments = pairSegments('ter', hypotheses, references);
  const sums = sumColumns(segments.map((segment) => segmentStatistics(segment, options)));
  const [edits = 0, referenceLength = 0] = sums;
  const { normalized, noPunctuation, caseSensitive } = options;
  const signature = [
    referenceCount(segments),
    `case:${caseSensitive ? 'mixed' : 'lc'}`,
    'tok:tercom',
    `norm:${normalized ? 'yes' : 'no'}`,
    `punct:${noPunctuation ? 'no' : 'yes'}`,
    'asian:no',
  ].join('|');
  return { score: computeScore(sums), edits, referenceLength, signature };
}

/** {@link ter} for {@link pairedBootstrap}. Lower scores are better. */
export function terMetric(options: TerOptions = {}): CorpusMetric {
  return {
    statistics: (hypothesis, references) =>
      segmentStatistics(toSegment('terMetric', hypothesis, references), options),
    score: computeScore,
  };
}

/** Edits to the closest reference, mean length of the references. */
function segmentStatistics({ hypothesis, references }: Segment, options: TerOptions): number[] {
  const words = tokenize(hypothesis, options);
  const referenceWords = references.map((reference) => tokenize(reference, options));
  const edits = referenceWords.reduce(
    (least, reference) => Math.min(least, editsWithShifts(words, reference)),
    Infinity,
  );
  return [edits, referenceWords.reduce((sum, { length }) => sum + length, 0) / references.length];
}

function computeScore([edits = 0, referenceLength = 0]: readonly number[]): number {
  if (referenceLength > 0) return (100 * edits) / referenceLength;
  return edits > 0 ? 100 : 0;
}

function tokenize(text: string, { normalized, noPunctuation, caseSensitive }: TerOptions): string[] {
  let result = trimEnd(text);
  if (!caseSensitive) result = result.toLowerCase();
  if (normalized) result = normalize(result);
  if (noPunctuation) result = result.replace(/[.,?:;!"()]/g, '');
  return splitWords(result);
}

function normalize(text: string): string {
  const line = decodeEntities(text.replaceAll('\n-', '').replaceAll('\n', ' '));
  return separateDots(separatePunctuation(` ${line} `).replaceAll("'s ", " 's "));
}
