import { ShapeError } from '../errors.ts';
import { checkText } from './checks.ts';

/** The references of one hypothesis: one text, or several that are equally right. */
export type References = string | readonly string[];

/** A hypothesis with its references, at least one. */
export interface Segment {
  readonly hypothesis: string;
  readonly references: readonly string[];
}

/**
 * A score of a corpus that is computed from sums over its segments, in two steps, so that {@link pairedBootstrap} can resample segments
 * without tokenizing them again. `bleuMetric`, `chrfMetric` and `terMetric` are the built-in ones, `meanMetric` makes others.
 */
export interface CorpusMetric<Output = string, Reference = References> {
  /** Counts of one segment, always the same number of them. Sums over segments must make sense. */
  readonly statistics: (output: Output, reference: Reference) => readonly number[];
  /** The score from the sums of all segments' statistics. */
  readonly score: (sums: readonly number[]) => number;
}

/**
 * The mean of a score of each segment, as a {@link CorpusMetric}: accuracy, exact match or ROUGE in {@link pairedBootstrap}.
 *
 * @param scoreSegment the score of one output given its reference
 */
export function meanMetric<Output = string, Reference = References>(
  scoreSegment: (output: Output, reference: Reference) => number,
): CorpusMetric<Output, Reference> {
  return {
    statistics: (output, reference) => [scoreSegment(output, reference), 1],
    score: ([sum = 0, count = 0]) => sum / count,
  };
}

/** Pairs hypotheses with their references. Throws `ShapeError` if their numbers differ, or if there is no hypothesis. */
export function pairSegments(
  metric: string,
  hypotheses: readonly string[],
  references: readonly References[],
): Segment[] {
  if (!Array.isArray(hypotheses) || !Array.isArray(references)) {
    throw new ShapeError(`${metric}: expected a list of hypotheses and a list of references`);
  }
  if (hypotheses.length === 0) throw new ShapeError(`${metric}: expected at least one hypothesis, got none`);
  if (hypotheses.length !== references.length) {
    throw new ShapeError(
      `${metric}: expected the references of each hypothesis, references[i] for hypotheses[i]; ` +
        `got ${hypotheses.length} hypotheses and ${references.length} references`,
    );
  }
  return hypotheses.map((hypothesis, i) => toSegment(metric, hypothesis, references[i]!, `[${i}]`));
}

/** A hypothesis with its references as a list. Throws `ShapeError` if there is none, and `ConfigError` for anything but strings. */
export function toSegment(metric: string, hypothesis: string, references: References, index = ''): Segment {
  checkText(metric, `hypothesis${index}`, hypothesis);
  const list = Array.isArray(references) ? (references as readonly string[]) : [references as string];
  if (list.length === 0) {
    throw new ShapeError(`${metric}: expected at least one reference for hypothesis${index}, got none`);
  }
  for (const reference of list) checkText(metric, `reference${index}`, reference);
  return { hypothesis, references: list };
}

/** Sums of rows of equal length, by column. */
export function sumColumns(rows: readonly (readonly number[])[]): number[] {
  const sums = new Array<number>(rows[0]?.length ?? 0).fill(0);
  for (const row of rows) for (let i = 0; i < sums.length; i++) sums[i]! += row[i]!;
  return sums;
}

/** The number of references of each segment as sacreBLEU's signatures state it: `nrefs:1`, or `nrefs:var` if it varies. */
export function referenceCount(segments: readonly Segment[]): string {
  const counts = new Set(segments.map(({ references }) => references.length));
  return `nrefs:${counts.size === 1 ? [...counts][0] : 'var'}`;
}
