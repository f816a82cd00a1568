/** Number of occurrences of each item. */
export type Counts = ReadonlyMap<string, number>;

export function countItems(items: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}

/** Counts of the n-grams of order `n`, each joined by `separator`. */
export function countNgrams(items: readonly string[], n: number, separator: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (let i = 0; i + n <= items.length; i++) {
    const ngram = items.slice(i, i + n).join(separator);
    counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
  }
  return counts;
}

/** Number of n-grams of order `n` in a sequence. */
export function ngramTotal(length: number, n: number): number {
  return Math.max(0, length - n + 1);
}

/** Size of the multiset intersection: the sum over all items of the smaller count. */
export function overlap(a: Counts, b: Counts): number {
  let sum = 0;
  for (const [item, count] of a) sum += Math.min(count, b.get(item) ?? 0);
  return sum;
}
