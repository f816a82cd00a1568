/** The first `length` tokens of slot `from`, to be those of slot `to`. */
export interface SlotCopy {
  readonly from: number;
  readonly to: number;
  readonly length: number;
}

/**
 * How many rows at their beginnings any two slots of a cache are known to have alike. The beams of a search come from one another: they
 * share nearly all, and only the rest has to be copied when they change places.
 */
export class SharedPrefixes {
  readonly #slots: number;
  /** `[slots, slots]`, symmetric. The diagonal is not used. */
  #common: Int32Array;

  constructor(slots: number) {
    this.#slots = slots;
    this.#common = new Int32Array(slots * slots);
  }

  common(a: number, b: number): number {
    return this.#common[a * this.#slots + b]!;
  }

  /** Slot `slot` gets other rows from `start` on. */
  write(slot: number, start: number): void {
    for (let other = 0; other < this.#slots; other++) {
      const [there, back] = [slot * this.#slots + other, other * this.#slots + slot];
      this.#common[there] = Math.min(this.#common[there]!, start);
      this.#common[back] = this.#common[there]!;
    }
  }

  /** Slots become copies of what others were before. */
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
        const alike = a === b ? 0x7fff_ffff : before[a * slots + b]!;
        const common = Math.min(alike, length[to]!, length[other]!);
        after[to * slots + other] = common;
        after[other * slots + to] = common;
      }
    }
    this.#common = after;
  }
}
