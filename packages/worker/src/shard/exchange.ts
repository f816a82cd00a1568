import type { Backend, Tensor } from '@headwise/core';

/** How shards add up their partial results. Every shard ends with the same sum, to the bit: parts are added in the order of shards. */
export interface Exchange {
  /** Makes ready for a call. `memory` is new memory to exchange parts in, where it is shared. */
  begin(call: number, memory: SharedArrayBuffer | undefined): void;
  sum(backend: Backend, partial: Tensor): Tensor | Promise<Tensor>;
  /** Whether the call that began last has been cancelled: a sum that waits, or comes after, throws. */
  readonly cancelled: boolean;
  /** Ends this call and any before it. */
  cancel(call: number): void;
  /** Takes the port to a shard that took the place of one that failed. */
  connect(index: number, port: MessagePort): void;
  /** Lets go of everything. */
  close(): void;
}

/** Adds up parts in their order. `others` are those of the other shards, at their indices. */
export function addParts(
  backend: Backend,
  own: number,
  partial: Tensor,
  count: number,
  others: (index: number) => Float32Array,
): Tensor {
  let sum: Tensor | undefined;
  for (let index = 0; index < count; index++) {
    const part = index === own ? partial : backend.tensor(others(index), partial.shape);
    sum = sum ? backend.add(sum, part) : part;
  }
  return sum!;
}
