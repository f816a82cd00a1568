import type { Backend, Tensor } from '@headwise/core';
import { type Shard, shardRange } from '@headwise/core/internal';
import { WorkerError } from '../errors.ts';
import { concurrency } from '../platform/thread.ts';
import { SumMemory } from '../sum-memory.ts';
import { type Exchange, sumPartials } from './exchange.ts';

/**
 * Bounds of the number of iterations for which a shard spins at a barrier before it sleeps; the maximum takes about 100 µs. Shards take
 * about equally long to compute, so that most waits are shorter than waking a thread. After a wait in which spinning did not suffice the number
 * is reduced: the system may have scheduled two shards on one core, and moves only sleeping threads to another.
 */
const MAX_SPINS = 100_000;
const MIN_SPINS = 1000;

/** Floats from which more than two shards use two rounds: below, a second barrier costs more than it saves. */
const TWO_ROUNDS_FROM = 4096;

/**
 * All-reduce through shared memory. A waiting shard blocks its thread; neither messages nor the event loop are involved.
 *
 * With two shards, or small tensors, every shard reads and adds all partials. Otherwise there are two rounds: a reduce-scatter (each shard sums
 * one range of the floats) and an all-gather of the sums. The results are bitwise the same.
 */
export class SharedExchange implements Exchange {
  readonly #shard: Shard;
  #spins: number;
  #memory: SumMemory | undefined;
  #round = 0;
  #barriers = 0;

  constructor(shard: Shard) {
    this.#shard = shard;
    // With more shards than cores, a spinning shard would occupy the core that another one needs.
    this.#spins = shard.count <= concurrency() ? MIN_SPINS : 0;
  }

  begin(_call: number, memory: SharedArrayBuffer | undefined): void {
    if (memory) this.#memory = new SumMemory(memory, this.#shard.count);
    this.#round = 0;
    this.#barriers = 0;
  }

  get cancelled(): boolean {
    return this.#memory?.cancelled ?? false;
  }

  sum(backend: Backend, partial: Tensor): Tensor {
    const { index: ownIndex, count } = this.#shard;
    const memory = this.#memory;
    if (!memory) throw new WorkerError('invalid-message', 'a call was sent without memory for its sums');
    const round = this.#round++;
    const length = partial.shape.reduce((product, size) => product * size, 1);
    const slotOf = (index: number) => memory.slot(index, round, length);
    const ownSlot = backend.read(partial, slotOf(ownIndex));
    this.#wait(memory);
    if (count === 2 || length < TWO_ROUNDS_FROM)
      return sumPartials(backend, ownIndex, partial, count, slotOf);

    const rangeOf = (index: number) => shardRange(length, { index, count });
    const { from, to } = rangeOf(ownIndex);
    const own = backend.tensor(ownSlot.subarray(from, to), [to - from]);
    const sum = sumPartials(backend, ownIndex, own, count, (index) => slotOf(index).subarray(from, to));
    // No other shard reads this range of the slot before the next barrier.
    backend.read(sum, ownSlot.subarray(from, to));
    this.#wait(memory);
    const sums = new Float32Array(length);
    for (let index = 0; index < count; index++) {
      const range = rangeOf(index);
      sums.set(slotOf(index).subarray(range.from, range.to), range.from);
    }
    return backend.tensor(sums, partial.shape);
  }

  /** Has no effect: the main thread cancels through the memory itself, since a sleeping shard receives no messages. */
  cancel(): void {}

  connect(): void {}

  close(): void {
    this.#memory = undefined;
  }

  #wait(memory: SumMemory): void {
    const iterations = memory.wait(this.#barriers++, this.#spins);
    if (iterations === undefined) throw new WorkerError('ended', 'the call was cancelled');
    if (this.#spins > 0)
      this.#spins =
        iterations < this.#spins
          ? Math.min(this.#spins * 2, MAX_SPINS)
          : Math.max(this.#spins >> 2, MIN_SPINS);
  }
}
