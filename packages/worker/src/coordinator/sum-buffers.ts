import { SumMemory } from '../sum-memory.ts';

/** The shared memory of a crew's sums: made when first needed, larger when a call needs more, and anew after a call that failed. */
export class SumBuffers {
  readonly #shards: number;
  #memory: SumMemory | undefined;

  constructor(shards: number) {
    this.#shards = shards;
  }

  /** Makes ready for sums of `length` floats. Returns memory that the shards don't know yet, if it is new. */
  prepare(length: number): SharedArrayBuffer | undefined {
    if (this.#memory && this.#memory.capacity >= length) {
      this.#memory.reset();
      return undefined;
    }
    this.#memory = SumMemory.allocate(this.#shards, length);
    return this.#memory.buffer;
  }

  /** Wakes the shards that wait in a sum, to end their call. One of them may be new in the next. */
  cancel(): void {
    this.#memory?.cancel();
    this.#memory = undefined;
  }
}
