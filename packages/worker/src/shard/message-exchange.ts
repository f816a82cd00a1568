import type { Backend, Shard, Tensor } from '@headwise/core';
import { WorkerError } from '../errors.ts';
import type { PeerMessage } from '../protocol.ts';
import { addParts, type Exchange } from './exchange.ts';

interface Waiting {
  resolve(): void;
  reject(error: Error): void;
}

/**
 * Adds up by messages: each shard sends its part to each other. Buffers are transferred, so a part is copied once for each; and since
 * a shard gets as many as it gives, it gives on those that it got: after the first round nothing is allocated.
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
    const round = this.#round++;
    for (const port of this.#peers) {
      if (!port) continue;
      const part = backend.read(partial, this.#spare.pop());
      port.postMessage({ call: this.#call, round, partial: part } satisfies PeerMessage, [part.buffer]);
    }
    const key = keyOf(this.#call, round);
    while ((this.#parts.get(key)?.size ?? 0) < count - 1) await this.#next();
    const parts = this.#parts.get(key)!;
    this.#parts.delete(key);
    const size = partial.shape.reduce((product, length) => product * length, 1);
    const sum = addParts(backend, own, partial, count, (index) => {
      const part = parts.get(index)!;
      if (part.length !== size) throw this.#rubbish(index);
      return part;
    });
    this.#spare = [...parts.values()];
    return sum;
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
