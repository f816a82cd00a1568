import type { Backend, Tensor } from '@headwise/core';

/**
 * All-reduce: sums the partial results of all shards. Partials are added in the order of the shards, so that every shard obtains bitwise the
 * same sum.
 */
export interface Exchange {
  /** Prepares for a call. `memory` is new shared memory for sums, if any. */
  begin(call: number, memory: SharedArrayBuffer | undefined): void;
  sum(backend: Backend, partial: Tensor): Tensor | Promise<Tensor>;
  /** Whether the current call has been cancelled: a waiting or later sum throws. */
  readonly cancelled: boolean;
  /** Cancels this and all earlier calls. */
  cancel(call: number): void;
  /** Replaces the port to the shard at `index`, whose worker was replaced. */
  connect(index: number, port: MessagePort): void;
  /** Closes ports and drops memory. */
  close(): void;
}

/** Adds partial results in the order of the shards. `partialOf` returns those of the other shards. */
export function sumPartials(
  backend: Backend,
  ownIndex: number,
  own: Tensor,
  count: number,
  partialOf: (index: number) => Float32Array,
): Tensor {
  let sum: Tensor | undefined;
  for (let index = 0; index < count; index++) {
    const partial = index === ownIndex ? own : backend.tensor(partialOf(index), own.shape);
    sum = sum ? backend.add(sum, partial) : partial;
  }
  return sum!;
}
