import { checkNumbers, checkPairs } from './checks.ts';

/**
 * Pearson's correlation coefficient of two lists of numbers, from −1 to 1.
 *
 * r = Σ (xᵢ − x̄)(yᵢ − ȳ) / √(Σ (xᵢ − x̄)² · Σ (yᵢ − ȳ)²)
 *
 * Measures: how close the pairs are to a straight line.
 *
 * Misleads: a single outlier can decide it, and a curved relation scores below 1 even if it is perfect ({@link spearman}). Metrics that
 * correlate over systems need not correlate over single texts.
 *
 * @returns NaN if one of the lists is constant or has a value that is not finite
 * @throws ShapeError if the lists differ in length or have fewer than two values
 */
export function pearson(x: ArrayLike<number>, y: ArrayLike<number>): number {
  checkSamples('pearson', x, y);
  return correlation(Array.from(x), Array.from(y));
}

/**
 * Spearman's rank correlation coefficient, from −1 to 1: {@link pearson} of the ranks, with the mean rank for equal values (Spearman 1904).
 * The usual measure of sentence similarity (STS benchmarks), since cosine similarities are meaningful by their order only.
 *
 * Misleads: it says nothing about thresholds, since any monotonic change of the scores leaves it the same, and little where many values are
 * equal.
 *
 * @returns NaN if one of the lists is constant or has a NaN
 * @throws ShapeError if the lists differ in length or have fewer than two values
 */
export function spearman(x: ArrayLike<number>, y: ArrayLike<number>): number {
  checkSamples('spearman', x, y);
  return correlation(ranks(Array.from(x)), ranks(Array.from(y)));
}

function checkSamples(metric: string, x: ArrayLike<number>, y: ArrayLike<number>): void {
  checkPairs(metric, x, y, 2);
  for (const values of [x, y]) checkNumbers(metric, 'both samples', values);
}

function correlation(x: readonly number[], y: readonly number[]): number {
  const [u, v] = [scaledDeviations(x), scaledDeviations(y)];
  const r = dot(u, v) / Math.sqrt(dot(u, u) * dot(v, v));
  // Rounding can exceed the range by an ulp.
  return Math.max(-1, Math.min(1, r));
}

/** Deviations from the mean, scaled to a largest size of 1 so that squares neither overflow nor underflow; NaN for a constant list. */
function scaledDeviations(values: readonly number[]): number[] {
  // The mean of equal values can differ from them by rounding.
  if (values.every((value) => value === values[0])) return values.map(() => Number.NaN);
  const mean = values.reduce((sum, value) => sum + value / values.length, 0);
  const deviations = values.map((value) => value - mean);
  const largest = deviations.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  return deviations.map((value) => value / largest);
}

function dot(x: readonly number[], y: readonly number[]): number {
  return x.reduce((sum, value, i) => sum + value * y[i]!, 0);
}

/** Ranks from 1 on, equal values sharing their mean rank. All NaN if a value is NaN. */
function ranks(values: readonly number[]): number[] {
  if (values.some(Number.isNaN)) return values.map(() => Number.NaN);
  const order = values.map((_, i) => i).sort((i, j) => compare(values[i]!, values[j]!));
  const result = new Array<number>(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let k = from; k < to; k++) result[order[k]!] = (from + 1 + to) / 2;
    from = to;
  }
  return result;
}

const compare = (a: number, b: number) => (a < b ? -1 : a > b ? 1 : 0);
