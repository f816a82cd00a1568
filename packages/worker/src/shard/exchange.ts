import type { Backend, Shard, Tensor } from '@headwise/core';
import { WorkerError } from '../errors.ts';
import type { PeerMessage } from '../protocol.ts';

/** How shards add up their partial results. Every shard ends with the same sum, to the bit. */
export interface Exchange {
  begin(call: number): void;
  sum(backend: Backend, partial: Tensor): Promise<Tensor>;
  /** Tells the others that this shard's part of the call failed, so that none waits for it. */
  fail(): void;
}

interface Waiting {
  resolve(): void;
  reject(error: Error): void;
}

/**
 * Adds up by messages: each shard sends its part to each other and adds all parts in the order of the shards. Buffers are
 * transferred, so a part is copied once for each receiver.
 */
export class MessageExchange implements Exchange {
  readonly #shard: Shard;
  readonly #peers: readonly (MessagePort | null)[];
  #call = -1;
  #round = 0;
  /** Parts that came, by round and shard: a fast peer may be a round ahead. */
  #parts = new Map<number, Map<number, Float32Array>>();
  #failedCall = -1;
  #waiting: Waiting | undefined;

  constructor(shard: Shard, peers: readonly (MessagePort | null)[]) {
    this.#shard = shard;
    this.#peers = peers;
    for (const [index, port] of peers.entries()) {
      if (!port) continue;
      port.onmessage = (event: MessageEvent<PeerMessage>) => this.#receive(index, event.data);
    }
  }

  begin(call: number): void {
    this.#call = call;
    this.#round = 0;
    // A peer that got the call first may already have sent; anything older is of a call that failed.
    for (const key of this.#parts.keys()) if (callOf(key) !== call) this.#parts.delete(key);
  }

  async sum(backend: Backend, partial: Tensor): Promise<Tensor> {
    const round = this.#round++;
    for (const port of this.#peers) {
      if (!port) continue;
      const part = backend.read(partial);
      const message: PeerMessage = { call: this.#call, round, partial: part };
      port.postMessage(message, [part.buffer]);
    }
    const key = keyOf(this.#call, round);
    while ((this.#parts.get(key)?.size ?? 0) < this.#shard.count - 1) await this.#next();
    const parts = this.#parts.get(key);
    this.#parts.delete(key);
    let sum: Tensor | undefined;
    for (let index = 0; index < this.#shard.count; index++) {
      const part = index === this.#shard.index ? partial : backend.tensor(parts!.get(index)!, partial.shape);
      sum = sum ? backend.add(sum, part) : part;
    }
    return sum!;
  }

  fail(): void {
    for (const port of this.#peers)
      port?.postMessage({ call: this.#call, failed: true } satisfies PeerMessage);
  }

  #next(): Promise<void> {
    if (this.#failedCall === this.#call)
      return Promise.reject(new WorkerError('another worker failed in this call'));
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  #receive(from: number, message: PeerMessage): void {
    if ('failed' in message) {
      this.#failedCall = Math.max(this.#failedCall, message.call);
    } else {
      const key = keyOf(message.call, message.round);
      const parts = this.#parts.get(key) ?? new Map<number, Float32Array>();
      this.#parts.set(key, parts.set(from, message.partial));
    }
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (!waiting) return;
    if (this.#failedCall === this.#call)
      waiting.reject(new WorkerError('another worker failed in this call'));
    else waiting.resolve();
  }
}

/** Rounds in a call are far fewer than this. */
const ROUNDS = 1 << 20;
const keyOf = (call: number, round: number) => call * ROUNDS + round;
const callOf = (key: number) => Math.floor(key / ROUNDS);
