import { Random } from '@headwise/core/internal';

/** Seeded choices for the generators of data. The same seed makes the same choices on every platform. */
export class Choices {
  readonly #random: Random;

  /** @param stream number of the sequence: streams of one seed are independent */
  constructor(seed: number, stream = 0) {
    this.#random = new Random(seed, stream);
  }

  /** Uniform integer from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.#random.next() * (high - low + 1));
  }

  /** One of the items, each as probable as the others. */
  of<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError('Choices.of: expected at least one item, got none');
    return items[this.integer(0, items.length - 1)]!;
  }

  /** True with a probability. */
  chance(probability: number): boolean {
    return this.#random.next() < probability;
  }

  /** A copy in random order (Fisher and Yates). */
  shuffled<T>(items: readonly T[]): T[] {
    const copy = [...items];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = this.integer(0, i);
      [copy[i], copy[j]] = [copy[j]!, copy[i]!];
    }
    return copy;
  }
}
