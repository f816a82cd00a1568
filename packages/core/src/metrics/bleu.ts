import { checkOptions, type OptionNames } from '../options.ts';
import { BLEU_TOKENIZERS, type BleuTokenizer, tokenizeForBleu } from './bleu-tokenizers.ts';
import { checkChoice, checkInteger, checkNotNegative, MAX_ORDER } from './checks.ts';
import {
  type CorpusMetric,
  pairSegments,
  type References,
  referenceCount,
  type Segment,
  sumColumns,
  toSegment,
} from './corpus.ts';
import { countNgrams, ngramTotal, overlap } from './ngrams.ts';
import { trimEnd } from './text.ts';

/**
 * What replaces the precision of an n-gram order without matches (Chen and Cherry 2014, methods 3, 1 and 2):
 *
 * - `exp`: 1 / (2ᵏ · n-grams) for the k-th order without matches, as in NIST's mteval
 * - `floor`: `smoothingValue` matches
 * - `add-k`: `smoothingValue` is added to matches and n-grams of every order from 2 on
 * - `none`: 0, so that the score is 0
 */
export type BleuSmoothing = 'exp' | 'floor' | 'add-k' | 'none';

export interface BleuOptions {
  /** Default: `13a`. */
  readonly tokenize?: BleuTokenizer;
  /** Compares texts in lower case. Default: false. */
  readonly lowercase?: boolean;
  /** Default: `exp`. */
  readonly smoothing?: BleuSmoothing;
  /** Default: 0.1 for `floor`, 1 for `add-k`. The other methods have none. */
  readonly smoothingValue?: number;
  /** Largest n-gram order, up to 100. Default: 4. */
  readonly maxNgramOrder?: number;
  /** Leaves out the orders for which the hypotheses are too short. Default: false for a corpus, true for `sentenceBleu`. */
  readonly effectiveOrder?: boolean;
}

export interface BleuScore {
  /** From 0 to 100. */
  readonly score: number;
  /** Precision of each n-gram order in percent, after smoothing. All 0 if no n-gram matches. */
  readonly precisions: readonly number[];
  /** From 0 to 1. */
  readonly brevityPenalty: number;
  /** Tokens of the hypotheses. */
  readonly hypothesisLength: number;
  /** Tokens of the references: of each segment those of the reference that is closest in length, the shorter of two. */
  readonly referenceLength: number;
  /**
   * Settings in the form of sacreBLEU's signature, without its version: report it with the score. An n-gram order other than 4, which
   * sacreBLEU does not state, is appended as `order:N`.
   */
  readonly signature: string;
}

/**
 * BLEU of a corpus (Papineni et al. 2002), equal to sacreBLEU 2 (Post 2018).
 *
 * BLEU = BP · exp(Σₙ ln pₙ / N), BP = min(1, exp(1 − r / h)),
 *
 * with pₙ the share of the hypotheses' n-grams that occur in a reference, each at most as often as in the reference that has it most often,
 * N the largest order, h the tokens of the hypotheses and r those of the references. Counts are summed over the corpus before they are
 * divided.
 *
 * Measures: how many word sequences of the hypotheses occur in their references.
 *
 * Misleads: a synonym or another word order counts as an error as much as a wrong word does. In languages with rich endings, such as Korean,
 * a word with another particle is another token; use `tokenize: 'char'` or {@link chrf} there. Scores depend on the tokenizer, the smoothing
 * and the number of references: compare only those with the same signature.
 *
 * @param hypotheses detokenized texts
 * @param references `references[i]` belongs to `hypotheses[i]`. (sacreBLEU takes the transpose: one list for each set of references.)
 * @throws ShapeError if the lists differ in length or are empty, or a hypothesis has no reference
 * @throws ConfigError for an invalid option
 */
export function bleu(
  hypotheses: readonly string[],
  references: readonly References[],
  options: BleuOptions = {},
): BleuScore {
  const settings = resolveOptions('bleu', options, false);
  const segments = pairSegments('bleu', hypotheses, references);
  const sums = sumColumns(segments.map((segment) => segmentStatistics(segment, settings)));
  return { ...computeScore(sums, settings), signature: signatureOf(settings, segments) };
}

/**
 * BLEU of one sentence, with effective order; otherwise as {@link bleu}.
 *
 * Misleads: most sentences have few 4-grams, so that the score depends on the smoothing more than on the translation. The mean over sentences
 * is not the BLEU of the corpus. {@link chrf} is the better choice for single sentences.
 *
 * @throws ShapeError if there is no reference
 * @throws ConfigError for an invalid option
 */
export function sentenceBleu(
  hypothesis: string,
  references: References,
  options: BleuOptions = {},
): BleuScore {
  const settings = resolveOptions('sentenceBleu', options, true);
  const segment = toSegment('sentenceBleu', hypothesis, references);
  const statistics = segmentStatistics(segment, settings);
  return { ...computeScore(statistics, settings), signature: signatureOf(settings, [segment]) };
}

/**
 * {@link bleu} for {@link pairedBootstrap}.
 *
 * @throws ConfigError for an invalid option
 */
export function bleuMetric(options: BleuOptions = {}): CorpusMetric {
  const settings = resolveOptions('bleuMetric', options, false);
  return {
    statistics: (hypothesis, references) =>
      segmentStatistics(toSegment('bleuMetric', hypothesis, references), settings),
    score: (sums) => computeScore(sums, settings).score,
  };
}

type Settings = Required<BleuOptions>;

const OPTIONS = {
  tokenize: true,
  lowercase: 'boolean',
  smoothing: true,
  smoothingValue: 'numeric',
  maxNgramOrder: 'numeric',
  effectiveOrder: 'boolean',
} satisfies OptionNames<BleuOptions>;

const DEFAULT_SMOOTHING_VALUES: Readonly<Record<BleuSmoothing, number>> = {
  exp: 0,
  floor: 0.1,
  'add-k': 1,
  none: 0,
};

function resolveOptions(metric: string, options: BleuOptions, effectiveOrderDefault: boolean): Settings {
  checkOptions(metric, options, OPTIONS);
  const {
    tokenize = '13a',
    lowercase = false,
    smoothing = 'exp',
    maxNgramOrder = 4,
    effectiveOrder = effectiveOrderDefault,
  } = options;
  checkChoice(metric, 'tokenize', tokenize, BLEU_TOKENIZERS);
  checkChoice(metric, 'smoothing', smoothing, Object.keys(DEFAULT_SMOOTHING_VALUES));
  checkInteger(metric, 'maxNgramOrder', maxNgramOrder, 1, MAX_ORDER);
  const { smoothingValue = DEFAULT_SMOOTHING_VALUES[smoothing] } = options;
  checkNotNegative(metric, 'smoothingValue', smoothingValue);
  return { tokenize, lowercase, smoothing, smoothingValue, maxNgramOrder, effectiveOrder };
}

/** Hypothesis length, reference length, matches of each order, n-grams of each order. */
function segmentStatistics({ hypothesis, references }: Segment, settings: Settings): number[] {
  const { maxNgramOrder, lowercase, tokenize } = settings;
  const tokensOf = (text: string) =>
    tokenizeForBleu(trimEnd(lowercase ? text.toLowerCase() : text), tokenize);
  const tokens = tokensOf(hypothesis);
  const referenceTokens = references.map(tokensOf);
  const orders = Array.from({ length: maxNgramOrder }, (_, i) => i + 1);
  const matches = orders.map((n) => {
    const largestCounts = new Map<string, number>();
    for (const reference of referenceTokens) {
      for (const [ngram, count] of countNgrams(reference, n, ' '))
        largestCounts.set(ngram, Math.max(count, largestCounts.get(ngram) ?? 0));
    }
    return overlap(countNgrams(tokens, n, ' '), largestCounts);
  });
  const totals = orders.map((n) => ngramTotal(tokens.length, n));
  const referenceLength = closestLength(
    tokens.length,
    referenceTokens.map(({ length }) => length),
  );
  return [tokens.length, referenceLength, ...matches, ...totals];
}

function closestLength(length: number, candidates: readonly number[]): number {
  const distance = (candidate: number) => Math.abs(length - candidate);
  return candidates.reduce((best, candidate) =>
    distance(candidate) < distance(best) || (distance(candidate) === distance(best) && candidate < best)
      ? candidate
      : best,
  );
}

function computeScore(statistics: readonly number[], settings: Settings): Omit<BleuScore, 'signature'> {
  const { maxNgramOrder, smoothing, smoothingValue, effectiveOrder } = settings;
  const [hypothesisLength = 0, referenceLength = 0] = statistics;
  const matches = statistics.slice(2, 2 + maxNgramOrder);
  const totals = statistics.slice(2 + maxNgramOrder);
  const brevityPenalty = brevityPenaltyOf(hypothesisLength, referenceLength);
  const precisions = new Array<number>(maxNgramOrder).fill(0);
  const lengths = { brevityPenalty, hypothesisLength, referenceLength };
  // Not even a word in common: smoothing must not raise the score above 0.
  if (matches.every((matched) => matched === 0)) return { score: 0, precisions, ...lengths };

  let expDivisor = 1;
  let usedOrders = maxNgramOrder;
  for (let i = 0; i < maxNgramOrder; i++) {
    const added = smoothing === 'add-k' && i > 0 ? smoothingValue : 0;
    const [matched, total] = [matches[i]! + added, totals[i]! + added];
    if (total === 0) break;
    if (effectiveOrder) usedOrders = i + 1;
    if (matched > 0) precisions[i] = (100 * matched) / total;
    else if (smoothing === 'exp') {
      expDivisor *= 2;
      precisions[i] = 100 / (expDivisor * total);
    } else if (smoothing === 'floor') precisions[i] = (100 * smoothingValue) / total;
  }
  const logarithms = precisions.slice(0, usedOrders).map(Math.log);
  const mean = logarithms.reduce((sum, value) => sum + value, 0) / usedOrders;
  return { score: brevityPenalty * Math.exp(mean), precisions, ...lengths };
}

function brevityPenaltyOf(hypothesisLength: number, referenceLength: number): number {
  if (hypothesisLength >= referenceLength) return 1;
  return hypothesisLength > 0 ? Math.exp(1 - referenceLength / hypothesisLength) : 0;
}

function signatureOf(settings: Settings, segments: readonly Segment[]): string {
  const { lowercase, effectiveOrder, tokenize, smoothing, smoothingValue, maxNgramOrder } = settings;
  const value = smoothing === 'floor' || smoothing === 'add-k' ? `[${smoothingValue.toFixed(2)}]` : '';
  return [
    referenceCount(segments),
    `case:${lowercase ? 'lc' : 'mixed'}`,
    `eff:${effectiveOrder ? 'yes' : 'no'}`,
    `tok:${tokenize}`,
    `smooth:${smoothing}${value}`,
    ...(maxNgramOrder === 4 ? [] : [`order:${maxNgramOrder}`]),
  ].join('|');
}
