import { checkOptions, type OptionNames } from '../options.ts';
import { checkInteger, checkNotNegative, MAX_ORDER } from './checks.ts';
import {
  type CorpusMetric,
  pairSegments,
  type References,
  referenceCount,
  type Segment,
  sumColumns,
  toSegment,
} from './corpus.ts';
import { type Counts, countNgrams, ngramTotal, overlap } from './ngrams.ts';
import { characters, splitWords } from './text.ts';

export interface ChrfOptions {
  /** Largest order of character n-grams, up to 100. Default: 6. */
  readonly charOrder?: number;
  /** Largest order of word n-grams, up to 100: 0 for chrF, 2 for chrF++. Default: 0. */
  readonly wordOrder?: number;
  /** Weight of recall: recall counts `beta` times as much as precision. Default: 2. */
  readonly beta?: number;
  /** Compares texts in lower case. Default: false. */
  readonly lowercase?: boolean;
  /** Includes white space in the character n-grams. Default: false. */
  readonly whitespace?: boolean;
}

export interface ChrfScore {
  /** From 0 to 100. */
  readonly score: number;
  /** Name of the variant: `chrF2`, `chrF2++`; the number is `beta`. */
  readonly name: string;
  /** Settings in the form of sacreBLEU's signature, without its version: report it with name and score. */
  readonly signature: string;
}

/**
 * chrF (Popović 2015), or with `wordOrder: 2` chrF++ (Popović 2017), of a corpus, equal to sacreBLEU 2: the F-score of character n-grams, and
 * of word n-grams.
 *
 * chrFβ = 100 · (1 + β²) · P · R / (β² · P + R),
 *
 * with P and R the means of precision and recall over all n-gram orders that occur in hypotheses and references. Counts are summed over the
 * corpus before they are divided. Of several references the one with the best sentence score counts.
 *
 * Measures: how much of the references' spelling the hypotheses have. It needs no tokenizer, and a wrong ending costs a few characters
 * instead of a word: a better choice than {@link bleu} for Korean and other languages with rich endings.
 *
 * Misleads: common endings and particles match without common meaning, so that scores of bad translations are far above 0. Word order counts
 * only within `charOrder` characters.
 *
 * @param references `references[i]` belongs to `hypotheses[i]`
 * @throws ShapeError if the lists differ in length or are empty, or a hypothesis has no reference
 * @throws ConfigError for an invalid option
 */
export function chrf(
  hypotheses: readonly string[],
  references: readonly References[],
  options: ChrfOptions = {},
): ChrfScore {
  const settings = resolveOptions('chrf', options);
  const segments = pairSegments('chrf', hypotheses, references);
  const sums = sumColumns(segments.map((segment) => segmentStatistics(segment, settings)));
  const { charOrder, wordOrder, beta, lowercase, whitespace } = settings;
  return {
    score: computeScore(sums, beta),
    name: `chrF${beta}${'+'.repeat(wordOrder)}`,
    signature: [
      referenceCount(segments),
      `case:${lowercase ? 'lc' : 'mixed'}`,
      'eff:yes',
      `nc:${charOrder}`,
      `nw:${wordOrder}`,
      `space:${whitespace ? 'yes' : 'no'}`,
    ].join('|'),
  };
}

/**
 * {@link chrf} for {@link pairedBootstrap}.
 *
 * @throws ConfigError for an invalid option
 */
export function chrfMetric(options: ChrfOptions = {}): CorpusMetric {
  const settings = resolveOptions('chrfMetric', options);
  return {
    statistics: (hypothesis, references) =>
      segmentStatistics(toSegment('chrfMetric', hypothesis, references), settings),
    score: (sums) => computeScore(sums, settings.beta),
  };
}

type Settings = Required<ChrfOptions>;

const OPTIONS = {
  charOrder: 'numeric',
  wordOrder: 'numeric',
  beta: 'numeric',
  lowercase: 'boolean',
  whitespace: 'boolean',
} satisfies OptionNames<ChrfOptions>;

function resolveOptions(metric: string, options: ChrfOptions): Settings {
  checkOptions(metric, options, OPTIONS);
  const { charOrder = 6, wordOrder = 0, beta = 2, lowercase = false, whitespace = false } = options;
  checkInteger(metric, 'charOrder', charOrder, 1, MAX_ORDER);
  checkInteger(metric, 'wordOrder', wordOrder, 0, MAX_ORDER);
  checkNotNegative(metric, 'beta', beta);
  return { charOrder, wordOrder, beta, lowercase, whitespace };
}

/** Of each order: n-grams of the hypothesis, n-grams of the reference, and matches; for the reference with the best score. */
function segmentStatistics({ hypothesis, references }: Segment, settings: Settings): number[] {
  const ngrams = countOrders(hypothesis, settings);
  let best: number[] = [];
  let bestScore = -1;
  for (const reference of references) {
    const statistics = countOrders(reference, settings).flatMap((theirs, i) => {
      const { counts, total } = ngrams[i]!;
      // An order for which the reference is too short counts for neither side.
      return [theirs.total > 0 ? total : 0, theirs.total, overlap(counts, theirs.counts)];
    });
    const score = computeScore(statistics, settings.beta);
    if (score > bestScore) [best, bestScore] = [statistics, score];
  }
  return best;
}

/** The n-grams of one order. */
interface Order {
  readonly counts: Counts;
  readonly total: number;
}

/** N-grams of each order: those of characters, then those of words. */
function countOrders(text: string, { charOrder, wordOrder, lowercase, whitespace }: Settings): Order[] {
  const cased = lowercase ? text.toLowerCase() : text;
  const letters = characters(whitespace ? cased : splitWords(cased).join(''));
  const words = wordOrder > 0 ? splitWords(cased).flatMap(separatePunctuation) : [];
  const count = (items: readonly string[], separator: string) => (_: unknown, i: number) => ({
    counts: countNgrams(items, i + 1, separator),
    total: ngramTotal(items.length, i + 1),
  });
  return [
    ...Array.from({ length: charOrder }, count(letters, '')),
    ...Array.from({ length: wordOrder }, count(words, ' ')),
  ];
}

const PUNCTUATION = new Set('!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~');

/** A word without the punctuation mark at its end, or else the one at its beginning, and that mark: one mark at most, as in chrF++.py. */
function separatePunctuation(word: string): string[] {
  if (characters(word).length === 1) return [word];
  const last = word.at(-1)!;
  if (PUNCTUATION.has(last)) return [word.slice(0, -1), last];
  const first = word[0]!;
  return PUNCTUATION.has(first) ? [first, word.slice(1)] : [word];
}

function computeScore(statistics: readonly number[], beta: number): number {
  let [precision, recall, orders] = [0, 0, 0];
  for (let i = 0; i < statistics.length; i += 3) {
    const [hypothesisTotal, referenceTotal, matches] = [
      statistics[i]!,
      statistics[i + 1]!,
      statistics[i + 2]!,
    ];
    if (hypothesisTotal === 0 || referenceTotal === 0) continue;
    precision += matches / hypothesisTotal;
    recall += matches / referenceTotal;
    orders++;
  }
  if (precision + recall === 0) return 0;
  const [p, r, factor] = [precision / orders, recall / orders, beta * beta];
  return (100 * (1 + factor) * p * r) / (factor * p + r);
}
