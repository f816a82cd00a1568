import type { Backend, Tensor } from '@headwise/core';
import { type IndexRange, type Shard, shardRange } from '@headwise/core/internal';
import { WorkerError } from '../errors.ts';
import { onMessage } from '../platform/thread.ts';
import type { PeerMessage } from '../protocol.ts';
import { type Exchange, sumPartials } from './exchange.ts';

interface Waiter {
  resolve(): void;
  reject(error: Error): void;
}

/** Floats from which more than two shards use two rounds: below, a second round of messages costs more than it saves. */
const TWO_ROUNDS_FROM = 16_384;

/**
 * All-reduce by messages. With two shards, or small tensors, every shard sends its whole partial to all others. Otherwise there are two
 * rounds, which send less: a reduce-scatter (each shard sums one range of the floats) and an all-gather of the sums.
 *
 * Buffers are transferred. A shard receives as many as it sends and reuses them in the next round, so that nothing is allocated after the
 * first sum of a size.
 */
export class MessageExchange implements Exchange {
  readonly #shard: Shard;
  readonly #peers: (MessagePort | null)[];
  #call = -1;
  #round = 0;
  /** Received partials by call, round and shard. A fast peer may be one round ahead, or in the next call. */
  readonly #received = new Map<string, Map<number, Float32Array>>();
  /** Buffers of the last round, for the next one. */
  #freeBuffers: Float32Array[] = [];
  /** This shard's partial of the last sum, whose memory is reused. */
  #values: Float32Array | undefined;
  #lastCancelled = -1;
  /** Set when a peer sent an invalid message. */
  #error: WorkerError | undefined;
  #waiter: Waiter | undefined;

  constructor(shard: Shard, peers: readonly (MessagePort | null)[]) {
    this.#shard = shard;
    this.#peers = peers.map(() => null);
    for (const [index, port] of peers.entries()) if (port) this.connect(index, port);
  }

  begin(call: number): void {
    this.#call = call;
    this.#round = 0;
    this.#error = undefined;
    // Keeps what faster peers have sent for this call; older messages belong to failed calls.
    for (const key of this.#received.keys()) if (Number.parseInt(key, 10) < call) this.#received.delete(key);
  }

  get cancelled(): boolean {
    return this.#lastCancelled >= this.#call;
  }

  async sum(backend: Backend, partial: Tensor): Promise<Tensor> {
    const { index: ownIndex, count } = this.#shard;
    const values = backend.read(partial, this.#values);
    this.#values = values;
    const { length } = values;
    if (count === 2 || length < TWO_ROUNDS_FROM) {
      const all = () => ({ from: 0, to: length });
      const partials = await this.#exchangeRanges(values, all, all);
      return sumPartials(backend, ownIndex, partial, count, (index) => partials.get(index)!);
    }
    const rangeOf = (index: number) => shardRange(length, { index, count });
    const ownRange = () => rangeOf(ownIndex);
    const { from, to } = ownRange();
    const partials = await this.#exchangeRanges(values, rangeOf, ownRange);
    const own = backend.tensor(values.subarray(from, to), [to - from]);
    const sum = sumPartials(backend, ownIndex, own, count, (index) => partials.get(index)!);
    backend.read(sum, values.subarray(from, to));
    for (const [index, sums] of await this.#exchangeRanges(values, ownRange, rangeOf))
      values.set(sums, rangeOf(index).from);
    return backend.tensor(values, partial.shape);
  }

  cancel(call: number): void {
    this.#lastCancelled = Math.max(this.#lastCancelled, call);
    this.#wake();
  }

  connect(index: number, port: MessagePort): void {
    const previous = this.#peers[index];
    previous?.close();
    this.#peers[index] = port;
    const receive = (message: unknown) => {
      // What a closed port had received may still come.
      if (this.#peers[index] === port) this.#receive(index, message);
    };
    onMessage(port, receive);
    port.addEventListener('messageerror', () => receive(undefined));
  }

  close(): void {
    this.cancel(Number.POSITIVE_INFINITY);
    for (const port of this.#peers) port?.close();
  }

  /** One round: sends the range `sentTo(index)` of `values` to each other shard, and waits for a range of size `receivedFrom(index)` from each. */
  async #exchangeRanges(
    values: Float32Array,
    sentTo: (index: number) => IndexRange,
    receivedFrom: (index: number) => IndexRange,
  ): Promise<ReadonlyMap<number, Float32Array>> {
    const round = this.#round++;
    for (const [index, port] of this.#peers.entries()) {
      if (!port) continue;
      const { from, to } = sentTo(index);
      const partial = this.#allocate(to - from);
      partial.set(values.subarray(from, to));
      port.postMessage({ call: this.#call, round, partial } satisfies PeerMessage, [partial.buffer]);
    }
    const key = keyOf(this.#call, round);
    while ((this.#received.get(key)?.size ?? 0) < this.#shard.count - 1) await this.#nextMessage();
    const partials = this.#received.get(key)!;
    this.#received.delete(key);
    for (const [index, { length }] of partials) {
      const { from, to } = receivedFrom(index);
      if (length !== to - from) throw invalidMessage(index);
    }
    this.#freeBuffers = [...partials.values()];
    return partials;
  }

  #allocate(length: number): Float32Array<ArrayBuffer> {
    const at = this.#freeBuffers.findIndex((buffer) => buffer.length === length);
    if (at < 0) return new Float32Array(length);
    return this.#freeBuffers.splice(at, 1)[0] as Float32Array<ArrayBuffer>;
  }

  #nextMessage(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
      if (this.#error || this.cancelled) this.#wake();
    });
  }

  #wake(): void {
    const waiter = this.#waiter;
    this.#waiter = undefined;
    if (this.#error) waiter?.reject(this.#error);
    else if (this.cancelled) waiter?.reject(new WorkerError('ended', 'the call was cancelled'));
    else waiter?.resolve();
  }

  #receive(from: number, data: unknown): void {
    if (!isPeerMessage(data)) {
      this.#error = invalidMessage(from);
    } else if (data.call >= this.#call) {
      const key = keyOf(data.call, data.round);
      const partials = this.#received.get(key) ?? new Map<number, Float32Array>();
      this.#received.set(key, partials.set(from, data.partial));
    }
    this.#wake();
  }
}

const keyOf = (call: number, round: number) => `${call}:${round}`;

function invalidMessage(worker: number): WorkerError {
  const message = `worker ${worker} sent another worker a message that is not a partial sum`;
  return new WorkerError('invalid-message', message, { worker });
}

function isPeerMessage(data: unknown): data is PeerMessage {
  if (typeof data !== 'object' || data === null) return false;
  const { call, round, partial } = data as Partial<PeerMessage>;
  return Number.isSafeInteger(call) && Number.isSafeInteger(round) && partial instanceof Float32Array;
}
