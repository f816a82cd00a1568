import type { Backend, Shard, Tensor } from '@headwise/core';
import { WorkerError } from '../errors.ts';
import { SumMemory } from '../sum-memory.ts';
import { addParts, type Exchange } from './exchange.ts';

/** Adds up in memory that all shards see. A shard that waits for others sleeps: no event loop, no message stands between them. */
export class SharedExchange implements Exchange {
  readonly #shard: Shard;
  #memory: SumMemory | undefined;
  #round = 0;

  constructor(shard: Shard) {
    this.#shard = shard;
  }

  begin(_call: number, memory: SharedArrayBuffer | undefined): void {
    if (memory) this.#memory = new SumMemory(memory, this.#shard.count);
    this.#round = 0;
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
    memory.slot(own, round, values.length).set(values);
    memory.arrive(own, round);
    return addParts(backend, own, partial, count, (index) => {
      if (!memory.waitFor(index, round)) throw new WorkerError('ended', 'the call was cancelled');
      return memory.slot(index, round, values.length);
    });
  }

  /** The main thread writes it into the memory itself: a shard that sleeps hears nothing. */
  cancel(): void {}

  connect(): void {}

  close(): void {
    this.#memory = undefined;
  }
}
