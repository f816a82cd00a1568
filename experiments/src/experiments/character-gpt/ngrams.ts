/** Counts of n-grams of one length, by the n-gram as a string of code units that are token ids. */
interface Table {
  readonly counts: Map<string, number>;
  /** For each context, the n-gram without its last token: the sum of the counts, and the number of different tokens after it. */
  readonly contexts: Map<string, { total: number; types: number }>;
  /** What is subtracted from each count: n₁ / (n₁ + 2 n₂), where nᵢ n-grams have the count i (Ney et al. 1994). */
  readonly discount: number;
}

const gramOf = (ids: ArrayLike<number>, from: number, to: number): string => {
  let gram = '';
  for (let i = from; i < to; i++) gram += String.fromCharCode(ids[i]!);
  return gram;
};

function tableOf(counts: Map<string, number>): Table {
  const contexts: Table['contexts'] = new Map();
  let [once, twice] = [0, 0];
  for (const [gram, count] of counts) {
    if (count === 1) once++;
    else if (count === 2) twice++;
    const key = gram.slice(0, -1);
    const context = contexts.get(key);
    if (context) {
      context.total += count;
      context.types++;
    } else contexts.set(key, { total: count, types: 1 });
  }
  // Without n-grams that occur once there is nothing to estimate the discount from.
  return { counts, contexts, discount: once === 0 ? 0.5 : once / (once + 2 * twice) };
}

/**
 * N-gram models of all orders up to one, with interpolated Kneser–Ney smoothing: one discount for each length of n-gram, and below the longest
 * one the number of different tokens before an n-gram in place of its frequency (Chen and Goodman 1998, §2.7 and §4.1.6). Below the single
 * tokens there is the uniform distribution.
 *
 * Texts are token ids of which the first stands for the beginning. It is not predicted; an n-gram that begins with it has nothing before it, and
 * counts by its frequency.
 */
export class NGrams {
  readonly maxOrder: number;
  readonly #begin: string;
  readonly #uniform: number;
  /** By length − 1. */
  readonly #frequencies: readonly Table[];
  readonly #continuations: readonly Table[];

  /**
   * @param texts token ids, less than 65,536
   * @param vocabSize number of different tokens that are predicted
   */
  constructor(texts: readonly ArrayLike<number>[], maxOrder: number, vocabSize: number) {
    this.maxOrder = maxOrder;
    this.#uniform = 1 / vocabSize;
    this.#begin = gramOf(texts[0]!, 0, 1);
    const frequencies = Array.from({ length: maxOrder }, () => new Map<string, number>());
    for (const ids of texts)
      for (let end = 2; end <= ids.length; end++)
        for (let n = 1; n <= Math.min(maxOrder, end); n++) {
          const gram = gramOf(ids, end - n, end);
          frequencies[n - 1]!.set(gram, (frequencies[n - 1]!.get(gram) ?? 0) + 1);
        }
    this.#frequencies = frequencies.map(tableOf);
    this.#continuations = frequencies.slice(0, -1).map((counts, i) => {
      const continuations = new Map<string, number>();
      for (const longer of frequencies[i + 1]!.keys()) {
        const gram = longer.slice(1);
        continuations.set(gram, (continuations.get(gram) ?? 0) + 1);
      }
      for (const [gram, count] of counts) if (gram.startsWith(this.#begin)) continuations.set(gram, count);
      return tableOf(continuations);
    });
  }

  /** The probability of the token at an index of a text, given the `order` − 1 tokens before it, or those that there are. */
  probability(ids: ArrayLike<number>, index: number, order: number): number {
    if (!(order >= 1 && order <= this.maxOrder))
      throw new RangeError(`NGrams: expected an order from 1 to ${this.maxOrder}, got ${order}`);
    let probability = this.#uniform;
    for (let n = 1; n <= Math.min(order, index + 1); n++) {
      const { counts, contexts, discount } = (n === order ? this.#frequencies : this.#continuations)[n - 1]!;
      const gram = gramOf(ids, index + 1 - n, index + 1);
      const context = contexts.get(gram.slice(0, -1));
      // No longer context has been seen either.
      if (!context) break;
      const { total, types } = context;
      const count = counts.get(gram) ?? 0;
      probability = (Math.max(0, count - discount) + discount * types * probability) / total;
    }
    return probability;
  }
}
