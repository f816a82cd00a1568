/** Copy the first `length` tokens of slot `from` to slot `to`. */
export interface SlotCopy {
  readonly from: number;
  readonly to: number;
  readonly length: number;
}

/**
 * For each pair of cache slots, how many leading rows are known to be equal. The beams of a beam search share most of their tokens: only the
 * rest is copied when beams are reordered.
 */
export class SharedPrefixes {
  readonly #slots: number;
  /** `[slots, slots]`, symmetric; the diagonal is unused. */
  #common: Int32Array;

  constructor(slots: number) {
    this.#slots = slots;
    this.#common = new Int32Array(slots * slots);
  }

  /** Leading rows that slots `a` and `b` share. */
  common(a: number, b: number): number {
    return this.#common[a * this.#slots + b]!;
  }

  /** Rows of a slot from `start` on are overwritten. */
  write(slot: number, start: number): void {
    for (let other = 0; other < this.#slots; other++) {
      const [there, back] = [slot * this.#slots + other, other * this.#slots + slot];
      this.#common[there] = Math.min(this.#common[there]!, start);
      this.#common[back] = this.#common[there]!;
    }
  }

  /** Slots are copied, all at once. */
  copy(copies: readonly SlotCopy[]): void {
    const slots = this.#slots;
    const before = this.#common;
    const after = before.slice();
    const source = Int32Array.from({ length: slots }, (_, slot) => slot);
    const length = new Int32Array(slots).fill(0x7fff_ffff);
    for (const { from, to, length: copied } of copies) {
      source[to] = from;
      length[to] = copied;
    }
    for (const { to } of copies) {
      for (let other = 0; other < slots; other++) {
        const [a, b] = [source[to]!, source[other]!];
        const shared = a === b ? 0x7fff_ffff : before[a * slots + b]!;
        const common = Math.min(shared, length[to]!, length[other]!);
        after[to * slots + other] = common;
        after[other * slots + to] = common;
      }
    }
    this.#common = after;
  }
}
