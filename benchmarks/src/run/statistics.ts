export interface Summary {
  readonly best: number;
  readonly median: number;
}

/**
 * Minimum and median of samples. The minimum is the least disturbed run, which backends are compared by.
 *
 * @throws RangeError without samples
 */
export function summarize(samples: readonly number[]): Summary {
  if (samples.length === 0) throw new RangeError('summarize: expected at least one sample, got no samples');
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { best: sorted[0]!, median };
}
