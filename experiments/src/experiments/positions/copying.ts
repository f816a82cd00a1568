import type { Offsets } from '@headwise/core/nn';
import type { TrainingBatch } from '@headwise/core/train';
import type { Pair } from '../../data/split.ts';

/** `>` stands between a string and its copy, `$` ends the copy. Letters are 0 … 25. */
export const SEPARATOR = 26;
export const END = 27;
export const VOCAB_SIZE = 28;

/** Tokens of a sequence with a string of this length, as a decoder reads them: without `$`. */
export const tokensOf = (length: number): number => 2 * length + 1;

/** Strings and their targets, `abc>abc$`, as one batch of a decoder. */
export interface CopyBatch extends TrainingBatch {
  /** The inputs of all sequences, one after another: `abc>abc`. */
  readonly ids: Int32Array;
  readonly offsets: Offsets;
  /** The inputs whose successor is in the target: from `>` on. */
  readonly rows: Int32Array;
  /** The successors: `abc$`. */
  readonly labels: Int32Array;
  /** Where the labels of each sequence begin. */
  readonly targetOffsets: Offsets;
}

const letters = (text: string) => Array.from(text, (letter) => letter.charCodeAt(0) - 97);

/** Strings of small letters and their targets as a batch. */
export function copyBatch(pairs: readonly Pair[]): CopyBatch {
  const [ids, rows, labels]: [number[], number[], number[]] = [[], [], []];
  const [offsets, targetOffsets] = [[0], [0]];
  for (const { source, target } of pairs) {
    ids.push(...letters(source));
    for (const letter of [SEPARATOR, ...letters(target)]) {
      rows.push(ids.length);
      ids.push(letter);
    }
    labels.push(...letters(target), END);
    offsets.push(ids.length);
    targetOffsets.push(labels.length);
  }
  return {
    ids: Int32Array.from(ids),
    offsets: Int32Array.from(offsets),
    rows: Int32Array.from(rows),
    labels: Int32Array.from(labels),
    targetOffsets: Int32Array.from(targetOffsets),
    tokens: ids.length,
    targets: labels.length,
  };
}

/** Scores of strings of some lengths. */
export interface CopyScore {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Fraction of strings with all tokens right, `$` included: those that greedy decoding writes without an error. */
  readonly exact: number;
  /** Fraction of tokens that are right after the right beginning. */
  readonly tokenAccuracy: number;
}

/** A string's length, and how many of its target's tokens are right. */
export interface CopyResult {
  readonly length: number;
  readonly right: number;
}

/** Compares the argmax at each target token with the target. */
export function copyResults(
  { labels, targetOffsets }: CopyBatch,
  predicted: ArrayLike<number>,
): CopyResult[] {
  return Array.from({ length: targetOffsets.length - 1 }, (_, s) => {
    const [from, to] = [targetOffsets[s]!, targetOffsets[s + 1]!];
    let right = 0;
    for (let i = from; i < to; i++) if (predicted[i] === labels[i]) right++;
    return { length: to - from - 1, right };
  });
}

/** Scores by length, in bins of `width` lengths: 1 to `width`, and so on. Bins without strings are left out. */
export function copyScores(results: readonly CopyResult[], width: number): CopyScore[] {
  const bins = new Map<number, CopyResult[]>();
  for (const result of results) {
    const bin = Math.floor((result.length - 1) / width);
    bins.set(bin, [...(bins.get(bin) ?? []), result]);
  }
  return [...bins]
    .sort(([a], [b]) => a - b)
    .map(([bin, members]) => ({ from: bin * width + 1, to: (bin + 1) * width, ...copyScore(members) }));
}

/** The score of all strings together. */
export function copyScore(results: readonly CopyResult[]): Omit<CopyScore, 'from' | 'to'> {
  const sum = (of: (result: CopyResult) => number) =>
    results.reduce((total, result) => total + of(result), 0);
  const exact = sum(({ length, right }) => (right === length + 1 ? 1 : 0));
  return {
    count: results.length,
    exact: exact / results.length,
    tokenAccuracy: sum(({ right }) => right) / sum(({ length }) => length + 1),
  };
}
