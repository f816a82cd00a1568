import { type Backend, type Shard, share, type Tensor } from '@headwise/core';
import { platform } from '#platform';
import { WorkerError } from '../errors.ts';
import { SumMemory } from '../sum-memory.ts';
import { addParts, type Exchange } from './exchange.ts';

/** Tries before a shard that waits goes to sleep: shards compute equally long, so it mostly is a matter of microseconds. */
const SPINS = 2000;

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
  readonly #spins: number;
  #memory: SumMemory | undefined;
  #round = 0;
  #meetings = 0;

  constructor(shard: Shard) {
    this.#shard = shard;
    // Where shards take turns on cores, who waits had better leave its core to the others.
    this.#spins = shard.count <= platform.concurrency() ? SPINS : 0;
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
    const values = backend.read(partial);
    const slotOf = (index: number) => memory.slot(index, round, values.length);
    slotOf(own).set(values);
    this.#meet(memory);
    if (count === 2 || values.length < SHARED_OUT) return addParts(backend, own, partial, count, slotOf);

    const shareOf = (index: number) => share(values.length, { index, count });
    const { from, to } = shareOf(own);
    const mine = addParts(
      backend,
      own,
      backend.tensor(values.subarray(from, to), [to - from]),
      count,
      (index) => slotOf(index).subarray(from, to),
    );
    // Nobody else reads this part of the slot before they meet.
    slotOf(own).set(backend.read(mine), from);
    this.#meet(memory);
    for (let index = 0; index < count; index++) {
      const theirs = shareOf(index);
      values.set(slotOf(index).subarray(theirs.from, theirs.to), theirs.from);
    }
    return backend.tensor(values, partial.shape);
  }

  /** The main thread writes it into the memory itself: a shard that sleeps hears nothing. */
  cancel(): void {}

  connect(): void {}

  close(): void {
    this.#memory = undefined;
  }

  #meet(memory: SumMemory): void {
    if (!memory.meet(this.#meetings++, this.#spins)) throw new WorkerError('ended', 'the call was cancelled');
  }
}
