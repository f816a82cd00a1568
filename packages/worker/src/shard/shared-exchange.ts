import { type Backend, type Shard, shardRange, type Tensor } from '@headwise/core';
import { platform } from '#platform';
import { WorkerError } from '../errors.ts';
import { product } from '../product.ts';
import { SumMemory } from '../sum-memory.ts';
import { addParts, type Exchange } from './exchange.ts';

/**
 * Tries before a shard that waits goes to sleep, some 100 µs at most: shards compute equally long, so that most waits are shorter, and waking
 * one up takes as long. Where tries were in vain there are fewer the next time, for the system may have put two shards on
 * one core, and only what sleeps is woken on another.
 */
const MOST_SPINS = 100_000;
const FEWEST_SPINS = 1000;

/** Floats from which more than two shards share out the adding: below, a second meeting costs more than it saves. */
const SHARED_OUT = 4096;

/**
 * Adds up in memory that all shards see. A shard that waits for others sleeps: no event loop, no message stands between them.
 *
 * Two shards each add up everything. More of them would all read all parts: there, each adds up its share of the floats, and they meet
 * again to read one another's. The bits are the same.
 */
export class SharedExchange implements Exchange {
  readonly #shard: Shard;
  #spins: number;
  #memory: SumMemory | undefined;
  #round = 0;
  #meetings = 0;

  constructor(shard: Shard) {
    this.#shard = shard;
    // Where shards take turns on cores, who waits had better leave its core to the others.
    this.#spins = shard.count <= platform.concurrency() ? FEWEST_SPINS : 0;
  }

  begin(_call: number, memory: SharedArrayBuffer | undefined): void {
    if (memory) this.#memory = new SumMemory(memory, this.#shard.count);
    this.#round = 0;
    this.#meetings = 0;
  }

  get cancelled(): boolean {
    return this.#memory?.cancelled ?? false;
  }

  sum(backend: Backend, partial: Tensor): Tensor {
    const { index: own, count } = this.#shard;
    const memory = this.#memory;
    if (!memory) throw new WorkerError('rubbish', 'a call came without memory for its sums');
    const round = this.#round++;
    const length = product(partial.shape);
    const slotOf = (index: number) => memory.slot(index, round, length);
    const slot = backend.read(partial, slotOf(own));
    this.#meet(memory);
    if (count === 2 || length < SHARED_OUT) return addParts(backend, own, partial, count, slotOf);

    const shareOf = (index: number) => shardRange(length, { index, count });
    const { from, to } = shareOf(own);
    const mine = addParts(
      backend,
      own,
      backend.tensor(slot.subarray(from, to), [to - from]),
      count,
      (index) => slotOf(index).subarray(from, to),
    );
    // Nobody else reads this part of the slot before they meet.
    backend.read(mine, slot.subarray(from, to));
    this.#meet(memory);
    const whole = new Float32Array(length);
    for (let index = 0; index < count; index++) {
      const theirs = shareOf(index);
      whole.set(slotOf(index).subarray(theirs.from, theirs.to), theirs.from);
    }
    return backend.tensor(whole, partial.shape);
  }

  /** The main thread writes it into the memory itself: a shard that sleeps hears nothing. */
  cancel(): void {}

  connect(): void {}

  close(): void {
    this.#memory = undefined;
  }

  #meet(memory: SumMemory): void {
    const tries = memory.meet(this.#meetings++, this.#spins);
    if (tries === undefined) throw new WorkerError('ended', 'the call was cancelled');
    if (this.#spins > 0)
      this.#spins =
        tries < this.#spins
          ? Math.min(this.#spins * 2, MOST_SPINS)
          : Math.max(this.#spins >> 2, FEWEST_SPINS);
  }
}
