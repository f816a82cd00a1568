import { SumMemory } from '../sum-memory.ts';

/** The shared memory of a crew's sums: made when first needed, larger when a call needs more, and anew after a call that failed. */
export class SumBuffers {
  readonly #shards: number;
  #memory: SumMemory | undefined;
  /** The workers that have it: one that took the place of another has not. */
  #known = new WeakSet<object>();

  constructor(shards: number) {
    this.#shards = shards;
  }

  /** Makes ready for sums of up to `length` floats. */
  prepare(length: number): void {
    if (this.#memory && this.#memory.capacity >= length) {
      this.#memory.reset();
      return;
    }
    this.#memory = SumMemory.allocate(this.#shards, length);
    this.#known = new WeakSet();
  }

  /** The memory, if this worker has not got it yet. */
  newTo(worker: object): { readonly memory?: SharedArrayBuffer } {
    if (!this.#memory || this.#known.has(worker)) return {};
    this.#known.add(worker);
    return { memory: this.#memory.buffer };
  }

  /** Wakes the shards that wait in a sum, to end their call. One of them may be new in the next. */
  cancel(): void {
    this.#memory?.cancel();
    this.#memory = undefined;
  }
}
