export interface Summary {
  readonly best: number;
  readonly median: number;
}

/**
 * The smallest and the middle value of samples, in their own unit. The best of many is the least disturbed run, and the
 * one to compare; the median says how far a usual run is from it.
 *
 * @throws RangeError when there are no samples
 */
export function summarize(samples: readonly number[]): Summary {
  if (samples.length === 0) throw new RangeError('no samples to summarise');
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { best: sorted[0]!, median };
}
