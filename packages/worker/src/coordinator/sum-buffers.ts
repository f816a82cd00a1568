import { SumMemory } from '../sum-memory.ts';

/**
 * Allocates the shared memory in which a pool of workers sums partial results: on the first call, again when a call needs more, and again after
 * a failed call.
 */
export class SumBuffers {
  readonly #shards: number;
  #memory: SumMemory | undefined;
  /** Workers that have received the memory. A replacement of a failed worker has not. */
  #receivers = new WeakSet<object>();

  constructor(shards: number) {
    this.#shards = shards;
  }

  /** Prepares for sums of up to `length` floats. */
  prepare(length: number): void {
    if (this.#memory && this.#memory.capacity >= length) {
      this.#memory.reset();
      return;
    }
    this.#memory = SumMemory.allocate(this.#shards, length);
    this.#receivers = new WeakSet();
  }

  /** The field of `CallHeader` that sends the memory to a worker; empty if the worker has it already. */
  headerFor(worker: object): { readonly memory?: SharedArrayBuffer } {
    if (!this.#memory || this.#receivers.has(worker)) return {};
    this.#receivers.add(worker);
    return { memory: this.#memory.buffer };
  }

  /** Wakes the shards that wait in a sum and ends their call. The next call gets new memory, since shards may still be using this one. */
  cancel(): void {
    this.#memory?.cancel();
    this.#memory = undefined;
  }
}
