import { ConfigError, ShapeError } from '../errors.ts';
import { checkOptions, type OptionNames } from '../options.ts';
import { checkList, checkPairs } from './checks.ts';
import { type FScore, fScoreOf, meanFScore } from './f-score.ts';

/** Scores of one label. */
export interface LabelScores extends FScore {
  /** How often it is the expected label. */
  readonly support: number;
}

/** Scores of a classifier, from 0 to 1. */
export interface ClassificationScores<Label> {
  /** Share of right predictions. Micro-averaged precision, recall and F1 equal it. */
  readonly accuracy: number;
  /** Mean over the labels, each with the same weight. */
  readonly macro: FScore;
  /** Mean over the labels, weighted by support. */
  readonly weighted: FScore;
  /** Scores of each label that is predicted or expected, in ascending order. */
  readonly labels: ReadonlyMap<Label, LabelScores>;
}

/**
 * Accuracy, and precision, recall and F1 of each label with their means, as in scikit-learn's `classification_report`. Each example has
 * exactly one label.
 *
 * Precision = TP / (TP + FP), recall = TP / (TP + FN), F1 = 2 · TP / (2 · TP + FP + FN); 0 where the denominator is 0.
 *
 * Misleads: accuracy hides rare labels: with 95 % of one label, always predicting it has 0.95. The macro mean shows them, but depends much on
 * labels with few examples. A label that occurs in neither list is not part of the mean.
 *
 * @param predictions predicted labels
 * @param expected the right labels
 * @throws ShapeError if the lists differ in length or are empty
 */
export function classificationScores<Label extends string | number>(
  predictions: readonly Label[],
  expected: readonly Label[],
): ClassificationScores<Label> {
  checkPairs('classificationScores', predictions, expected);
  const isLabel = (label: unknown) => typeof label === 'string' || typeof label === 'number';
  if (![...predictions, ...expected].every(isLabel))
    throw new ConfigError('classificationScores: labels must be strings or numbers');
  const predictedCounts = new Map<Label, number>();
  const expectedCounts = new Map<Label, number>();
  const matches = new Map<Label, number>();
  const increment = (counts: Map<Label, number>, label: Label) =>
    counts.set(label, (counts.get(label) ?? 0) + 1);
  for (const [i, label] of expected.entries()) {
    increment(expectedCounts, label);
    increment(predictedCounts, predictions[i]!);
    if (predictions[i] === label) increment(matches, label);
  }
  const names = [...new Set([...expected, ...predictions])].sort((a, b) => (a < b ? -1 : 1));
  const labels = new Map(
    names.map((label) => {
      const support = expectedCounts.get(label) ?? 0;
      const score = fScoreOf(matches.get(label) ?? 0, predictedCounts.get(label) ?? 0, support);
      return [label, { ...score, support }] as const;
    }),
  );
  const scores = [...labels.values()];
  return {
    accuracy: [...matches.values()].reduce((sum, count) => sum + count, 0) / expected.length,
    macro: meanFScore(scores),
    weighted: meanFScore(
      scores,
      scores.map(({ support }) => support),
    ),
    labels,
  };
}

/** A labelled span of tokens or characters. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly label: string;
}

/**
 * Precision, recall and F1 of labelled spans over a corpus, such as named entities, as in CoNLL-2003 (Tjong Kim Sang and De Meulder 2003) and
 * seqeval: a predicted span is right if start, end and label equal those of an expected span. Counts are summed over the texts (micro
 * average).
 *
 * Misleads: a span with one word too many counts as two errors, one predicted and one missed; a span with the wrong label does too.
 *
 * @param predictions predicted spans of each text
 * @param expected right spans of each text
 * @throws ShapeError if the lists differ in length or are empty
 */
export function spanScores(
  predictions: readonly (readonly Span[])[],
  expected: readonly (readonly Span[])[],
): FScore {
  checkPairs('spanScores', predictions, expected);
  const isSpan = (span: Partial<Span> | null | undefined) =>
    typeof span?.start === 'number' && typeof span.end === 'number' && typeof span.label === 'string';
  for (const spans of [...predictions, ...expected]) {
    checkList('spanScores', 'the spans of a text', spans);
    if (!spans.every(isSpan))
      throw new ConfigError('spanScores: a span must have start and end, numbers, and a label, a string');
  }
  const keysOf = (spans: readonly Span[]) =>
    new Set(spans.map(({ start, end, label }) => `${start} ${end} ${label}`));
  let [matches, predictedCount, expectedCount] = [0, 0, 0];
  for (const [i, spans] of predictions.entries()) {
    const [predictedKeys, expectedKeys] = [keysOf(spans), keysOf(expected[i]!)];
    for (const key of predictedKeys) if (expectedKeys.has(key)) matches++;
    predictedCount += predictedKeys.size;
    expectedCount += expectedKeys.size;
  }
  return fScoreOf(matches, predictedCount, expectedCount);
}

export interface TokenAccuracyOptions {
  /** Label of the tokens that do not count. Default: −100, as in PyTorch's cross-entropy. */
  readonly ignoreIndex?: number;
}

/**
 * Share of tokens whose predicted id equals the label, from 0 to 1.
 *
 * Misleads: with teacher forcing every token is predicted after the right ones, so that generated text is worse than the figure suggests. In
 * tagging, the label of tokens outside entities dominates: use {@link spanScores}.
 *
 * @param predictions predicted ids
 * @param labels right ids
 * @throws ShapeError if the lists differ in length, or no token counts
 */
export function tokenAccuracy(
  predictions: ArrayLike<number>,
  labels: ArrayLike<number>,
  options: TokenAccuracyOptions = {},
): number {
  checkOptions('tokenAccuracy', options, {
    ignoreIndex: 'number',
  } satisfies OptionNames<TokenAccuracyOptions>);
  const { ignoreIndex = -100 } = options;
  checkPairs('tokenAccuracy', predictions, labels);
  let [right, counted] = [0, 0];
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] === ignoreIndex) continue;
    counted++;
    if (labels[i] === predictions[i]) right++;
  }
  if (counted === 0) {
    throw new ShapeError(
      `tokenAccuracy: expected at least one label other than ignoreIndex ${ignoreIndex}, got none`,
    );
  }
  return right / counted;
}
