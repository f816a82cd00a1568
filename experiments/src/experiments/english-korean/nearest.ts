import type { Pair } from '../../data/split.ts';

const ORDERS = [2, 3, 4];

/** A pair and how similar its source is to the one that was looked for: the cosine, 0 to 1. */
export interface Neighbour<P extends Pair> {
  readonly pair: P;
  readonly similarity: number;
}

/**
 * Finds the pair with the most similar source: the cosine of the TF-IDF vectors of character n-grams of 2 to 4 characters, of the texts in lower
 * case with a space at either end. Term frequencies are 1 + ln count, document frequencies smoothed: ln((1 + n) / (1 + df)) + 1 (as in
 * scikit-learn). The first of equally similar pairs is found.
 */
export class NearestSources<P extends Pair> {
  readonly #pairs: readonly P[];
  /** Pairs that have an n-gram, with their weights in vectors of length 1. */
  readonly #postings = new Map<string, { pairs: number[]; weights: number[] }>();

  constructor(pairs: readonly P[]) {
    this.#pairs = pairs;
    const all = pairs.map(({ source }) => frequencies(source));
    for (const terms of all)
      for (const term of terms.keys()) this.#postings.set(term, { pairs: [], weights: [] });
    const counts = new Map<string, number>();
    for (const terms of all) for (const term of terms.keys()) counts.set(term, (counts.get(term) ?? 0) + 1);
    this.#idf = (term) => Math.log((1 + pairs.length) / (1 + (counts.get(term) ?? 0))) + 1;
    for (const [index, terms] of all.entries())
      for (const [term, weight] of this.#vector(terms)) {
        const postings = this.#postings.get(term)!;
        postings.pairs.push(index);
        postings.weights.push(weight);
      }
  }

  readonly #idf: (term: string) => number;

  /** @throws RangeError when there are no pairs */
  find(source: string): Neighbour<P> {
    if (this.#pairs.length === 0) throw new RangeError('nearest: expected at least one pair, got none');
    const cosines = new Float64Array(this.#pairs.length);
    for (const [term, weight] of this.#vector(frequencies(source))) {
      const postings = this.#postings.get(term);
      if (!postings) continue;
      const { pairs, weights } = postings;
      for (let i = 0; i < pairs.length; i++) cosines[pairs[i]!]! += weight * weights[i]!;
    }
    let best = 0;
    for (let i = 1; i < cosines.length; i++) if (cosines[i]! > cosines[best]!) best = i;
    return { pair: this.#pairs[best]!, similarity: cosines[best]! };
  }

  /** Weights of the n-grams, those that no pair has included, in a vector of length 1. */
  #vector(terms: ReadonlyMap<string, number>): Map<string, number> {
    const weights = [...terms].map(
      ([term, count]) => [term, (1 + Math.log(count)) * this.#idf(term)] as const,
    );
    const norm = Math.hypot(...weights.map(([, weight]) => weight));
    return new Map(weights.map(([term, weight]) => [term, weight / norm]));
  }
}

function frequencies(text: string): Map<string, number> {
  const characters = [...` ${text.toLowerCase()} `];
  const counts = new Map<string, number>();
  for (const order of ORDERS)
    for (let i = 0; i + order <= characters.length; i++) {
      const term = characters.slice(i, i + order).join('');
      counts.set(term, (counts.get(term) ?? 0) + 1);
    }
  return counts;
}
