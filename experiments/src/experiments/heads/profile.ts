/** A map of attention weights: a row for each query, whose weights sum to 1. */
export interface WeightMap {
  readonly data: ArrayLike<number>;
  readonly queries: number;
  readonly keys: number;
}

/** What may be measured of a head: the weight of some keys, the mean over queries. */
export type Pattern = 'previous' | 'same' | 'next' | 'first' | 'last' | 'aligned';

export interface HeadProfile {
  /** Mean weight by pattern; null where no query has such a key. */
  readonly weights: Readonly<Partial<Record<Pattern, number | null>>>;
  /** The same of a head that attends to all visible keys alike: what chance gives. */
  readonly chance: Readonly<Partial<Record<Pattern, number | null>>>;
  /** Mean entropy of the weights of a query, as a fraction of that of equal weights. 0: one key; 1: all alike. */
  readonly entropy: number;
}

/** Sums weights of keys over queries and texts. */
export class ProfileSums {
  readonly #patterns: readonly Pattern[];
  readonly #causal: boolean;
  readonly #sums = new Map<Pattern, { weight: number; chance: number; count: number }>();
  #entropy = 0;
  #rows = 0;

  /** @param causal whether a query sees no keys after it */
  constructor(patterns: readonly Pattern[], causal = false) {
    this.#patterns = patterns;
    this.#causal = causal;
    for (const pattern of patterns) this.#sums.set(pattern, { weight: 0, chance: 0, count: 0 });
  }

  /** @param alignment for each query the keys that it is aligned to, or null; needed for `aligned` */
  add({ data, queries, keys }: WeightMap, alignment: readonly (readonly number[] | null)[] = []): void {
    for (let query = 0; query < queries; query++) {
      const row = Array.from({ length: keys }, (_, key) => data[query * keys + key]!);
      const visible = this.#causal ? query + 1 : keys;
      for (const pattern of this.#patterns) {
        const wanted = keysOf(pattern, query, visible, alignment[query] ?? null);
        if (!wanted) continue;
        const sums = this.#sums.get(pattern)!;
        sums.weight += wanted.reduce((sum, key) => sum + row[key]!, 0);
        sums.chance += wanted.length / visible;
        sums.count++;
      }
      if (visible < 2) continue;
      const nats = row.reduce((sum, weight) => (weight > 0 ? sum - weight * Math.log(weight) : sum), 0);
      this.#entropy += nats / Math.log(visible);
      this.#rows++;
    }
  }

  profile(): HeadProfile {
    const means = (of: 'weight' | 'chance') =>
      Object.fromEntries(
        [...this.#sums].map(([pattern, sums]) => [pattern, sums.count === 0 ? null : sums[of] / sums.count]),
      );
    return { weights: means('weight'), chance: means('chance'), entropy: this.#entropy / this.#rows };
  }
}

/** The keys of a pattern; null where a query has none. */
function keysOf(
  pattern: Pattern,
  query: number,
  visible: number,
  aligned: readonly number[] | null,
): readonly number[] | null {
  const only = (key: number) => (key >= 0 && key < visible ? [key] : null);
  switch (pattern) {
    case 'previous':
      return only(query - 1);
    case 'same':
      return only(query);
    case 'next':
      return only(query + 1);
    case 'first':
      return only(0);
    case 'last':
      return only(visible - 1);
    case 'aligned':
      return aligned;
  }
}
