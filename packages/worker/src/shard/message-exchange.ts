import { type Backend, type IndexRange, type Shard, shardRange, type Tensor } from '@headwise/core';
import { WorkerError } from '../errors.ts';
import type { PeerMessage } from '../protocol.ts';
import { addParts, type Exchange } from './exchange.ts';

interface Waiting {
  resolve(): void;
  reject(error: Error): void;
}

/** Floats from which more than two shards share out the adding: below, a second round of messages costs more than it saves. */
const SHARED_OUT = 16_384;

/**
 * Adds up by messages. Two shards each send the other their part. More of them would all send everything to all: there, each is sent
 * its share of every part, adds that up, and sends what comes of it. The bits are the same.
 *
 * Buffers are transferred, so what is sent is copied once for each who gets it; and since a shard gets as many as it gives, it gives on
 * those that it got: after the first sum nothing is allocated.
 */
export class MessageExchange implements Exchange {
  readonly #shard: Shard;
  readonly #peers: (MessagePort | null)[];
  #call = -1;
  #round = 0;
  /** Parts that came, by call, round and shard: a fast peer may be a round ahead, or in the next call. */
  readonly #parts = new Map<string, Map<number, Float32Array>>();
  /** Buffers that came and have been added up. */
  #spare: Float32Array[] = [];
  /** The own part of the last sum, whose memory serves for the next one. */
  #values: Float32Array | undefined;
  #cancelled = -1;
  /** What a peer did wrong. */
  #fault: WorkerError | undefined;
  #waiting: Waiting | undefined;

  constructor(shard: Shard, peers: readonly (MessagePort | null)[]) {
    this.#shard = shard;
    this.#peers = peers.map(() => null);
    for (const [index, port] of peers.entries()) if (port) this.connect(index, port);
  }

  begin(call: number): void {
    this.#call = call;
    this.#round = 0;
    this.#fault = undefined;
    // What a peer that got the call first has already sent stays; anything older is of a call that failed.
    for (const key of this.#parts.keys()) if (Number.parseInt(key, 10) < call) this.#parts.delete(key);
  }

  get cancelled(): boolean {
    return this.#cancelled >= this.#call;
  }

  async sum(backend: Backend, partial: Tensor): Promise<Tensor> {
    const { index: own, count } = this.#shard;
    const values = backend.read(partial, this.#values);
    this.#values = values;
    const all = { from: 0, to: values.length };
    if (count === 2 || values.length < SHARED_OUT) {
      const parts = await this.#swap(
        values,
        () => all,
        () => all,
      );
      return addParts(backend, own, partial, count, (index) => parts.get(index)!);
    }
    const shareOf = (index: number) => shardRange(values.length, { index, count });
    const { from, to } = shareOf(own);
    const theirs = await this.#swap(values, shareOf, () => shareOf(own));
    const mine = backend.tensor(values.subarray(from, to), [to - from]);
    const sum = addParts(backend, own, mine, count, (index) => theirs.get(index)!);
    backend.read(sum, values.subarray(from, to));
    for (const [index, sums] of await this.#swap(values, () => shareOf(own), shareOf))
      values.set(sums, shareOf(index).from);
    return backend.tensor(values, partial.shape);
  }

  cancel(call: number): void {
    this.#cancelled = Math.max(this.#cancelled, call);
    this.#wake();
  }

  connect(index: number, port: MessagePort): void {
    const before = this.#peers[index];
    if (before) {
      before.onmessage = null;
      before.close();
    }
    this.#peers[index] = port;
    port.onmessage = ({ data }: MessageEvent<unknown>) => this.#receive(index, data);
    port.onmessageerror = () => this.#receive(index, undefined);
  }

  close(): void {
    this.cancel(Number.POSITIVE_INFINITY);
    for (const port of this.#peers) port?.close();
  }

  /** Sends each other shard a range of the values, and waits for one from each. What came last time is sent on this time. */
  async #swap(
    values: Float32Array,
    give: (to: number) => IndexRange,
    get: (from: number) => IndexRange,
  ): Promise<ReadonlyMap<number, Float32Array>> {
    const round = this.#round++;
    for (const [index, port] of this.#peers.entries()) {
      if (!port) continue;
      const { from, to } = give(index);
      const partial = this.#take(to - from);
      partial.set(values.subarray(from, to));
      port.postMessage({ call: this.#call, round, partial } satisfies PeerMessage, [partial.buffer]);
    }
    const key = keyOf(this.#call, round);
    while ((this.#parts.get(key)?.size ?? 0) < this.#shard.count - 1) await this.#next();
    const parts = this.#parts.get(key)!;
    this.#parts.delete(key);
    for (const [index, { length }] of parts) {
      const { from, to } = get(index);
      if (length !== to - from) throw this.#rubbish(index);
    }
    this.#spare = [...parts.values()];
    return parts;
  }

  #take(length: number): Float32Array<ArrayBuffer> {
    const at = this.#spare.findIndex((spare) => spare.length === length);
    return at < 0 ? new Float32Array(length) : (this.#spare.splice(at, 1)[0] as Float32Array<ArrayBuffer>);
  }

  #next(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      if (this.#fault || this.cancelled) this.#wake();
    });
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (this.#fault) waiting?.reject(this.#fault);
    else if (this.cancelled) waiting?.reject(new WorkerError('ended', 'the call was cancelled'));
    else waiting?.resolve();
  }

  #receive(from: number, data: unknown): void {
    if (!isPart(data)) {
      this.#fault = this.#rubbish(from);
    } else if (data.call >= this.#call) {
      const key = keyOf(data.call, data.round);
      const parts = this.#parts.get(key) ?? new Map<number, Float32Array>();
      this.#parts.set(key, parts.set(from, data.partial));
    }
    this.#wake();
  }

  #rubbish(from: number): WorkerError {
    const options = { worker: from };
    return new WorkerError('rubbish', `worker ${from} sent another one what is no part of a sum`, options);
  }
}

const keyOf = (call: number, round: number) => `${call}:${round}`;

function isPart(data: unknown): data is PeerMessage {
  if (typeof data !== 'object' || data === null) return false;
  const { call, round, partial } = data as Partial<PeerMessage>;
  return Number.isSafeInteger(call) && Number.isSafeInteger(round) && partial instanceof Float32Array;
}
