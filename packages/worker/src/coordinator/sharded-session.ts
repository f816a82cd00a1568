import { ConfigError, HeadwiseError } from '@headwise/core';
import type {
  DecodeBatch,
  DecodeCallOptions,
  DecodeResult,
  DecoderSession,
  DecodeStepOptions,
  Queue,
  SessionSlots,
  TokenBatch,
} from '@headwise/core/internal';
import {
  closeRequest,
  decodeRequest,
  encodeSourceRequest,
  openRequest,
  type SessionContext,
} from './decode-requests.ts';
import { type ReplayEntry, ReplayLog } from './replay-log.ts';
import { runSerially, type SendRequest } from './run-serially.ts';
import type { Shards } from './shards.ts';

export interface ShardedSessionOptions {
  readonly shards: Shards;
  /** Shared by all sessions of the engine. */
  readonly queue: Queue;
  /** Numbers of cached tokens by slot, against which calls are checked. */
  readonly slotTable: SessionSlots;
  readonly context: SessionContext;
  /** Whether the model is an encoder–decoder. */
  readonly hasEncoder: boolean;
}

/**
 * A session whose key-value cache is distributed over the shards, each with the keys and values of its own heads. When a worker fails, the
 * running call rejects; later calls recompute the lost keys and values that they need, by decoding the same tokens again.
 */
export class ShardedSession implements DecoderSession {
  readonly slots: number;
  readonly capacity: number;
  readonly #options: ShardedSessionOptions;
  readonly #replayLog: ReplayLog;
  #closed = false;

  private constructor(options: ShardedSessionOptions) {
    this.slots = options.slotTable.slots;
    this.capacity = options.slotTable.capacity;
    this.#options = options;
    this.#replayLog = new ReplayLog(options.slotTable);
  }

  /** Allocates the cache in all shards. */
  static async open(options: ShardedSessionOptions): Promise<ShardedSession> {
    const session = new ShardedSession(options);
    await session
      .#enqueue(undefined, (send) => session.#openInNewWorkers(send, undefined))
      .catch(async (error) => {
        await session.close();
        throw error;
      });
    return session;
  }

  decode(batch: DecodeBatch, options: DecodeStepOptions = {}): Promise<DecodeResult> {
    const { slotTable, context } = this.#options;
    const { copies, hooks, signal } = options;
    return this.#enqueue(signal, async (send) => {
      this.#assertOpen();
      slotTable.check(batch, options);
      await this.#openInNewWorkers(send, signal);
      for (const entry of this.#replayLog.entriesFor(batch, copies)) await this.#replay(send, entry, signal);
      slotTable.begin(batch, copies);
      this.#replayLog.beginDecode(batch, copies, isEmpty(hooks));
      const result = await send(decodeRequest(context, batch, options));
      slotTable.end(batch);
      return result;
    });
  }

  encodeSource(batch: TokenBatch, slots: Int32Array, options: DecodeCallOptions = {}) {
    const { slotTable, context, hasEncoder } = this.#options;
    const { hooks, signal } = options;
    return this.#enqueue(signal, async (send) => {
      this.#assertOpen();
      if (!hasEncoder)
        throw new ConfigError('encodeSource: expected an encoder–decoder, got a decoder without an encoder');
      slotTable.checkSources(batch, slots);
      await this.#openInNewWorkers(send, signal);
      slotTable.beginSources(slots);
      this.#replayLog.beginSources(slots);
      const result = await send(encodeSourceRequest(context, batch, slots, options));
      this.#replayLog.endSources(batch, slots, isEmpty(hooks));
      return result;
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    // If this fails, a worker has failed and its memory is released anyway.
    await this.#enqueue(undefined, (send) => send(closeRequest(this.#options.context))).catch(() => {});
  }

  #enqueue<T>(signal: AbortSignal | undefined, body: (send: SendRequest) => Promise<T>): Promise<T> {
    const { queue, shards } = this.#options;
    return queue.call(signal, () => runSerially(shards, body));
  }

  /** Allocates the cache in workers that replaced failed ones, whose part of all slots is lost. */
  async #openInNewWorkers(send: SendRequest, signal: AbortSignal | undefined): Promise<void> {
    const { shards, context } = this.#options;
    const workers = await shards.ready();
    if (workers.every((worker) => context.openWorkers.has(worker))) return;
    this.#replayLog.markLost();
    await send(openRequest(context, signal));
  }

  async #replay(send: SendRequest, entry: ReplayEntry, signal: AbortSignal | undefined): Promise<void> {
    const { context } = this.#options;
    const { slot, source, ids } = entry;
    const slots = Int32Array.of(slot);
    const options = signal ? { signal } : {};
    const offsets = (length: number) => Int32Array.of(0, length);
    if (source) {
      const batch = { ...source, offsets: offsets(source.ids.length) };
      await send(encodeSourceRequest(context, batch, slots, options));
    }
    if (ids.length > 0) {
      const batch = { ids, offsets: offsets(ids.length), slots, starts: Int32Array.of(0) };
      await send(decodeRequest(context, batch, options));
    }
    this.#replayLog.markReplayed(entry);
  }

  #assertOpen(): void {
    if (this.#closed) throw new HeadwiseError('ERR_DISPOSED', 'session: it has been closed');
  }
}

function isEmpty(hooks: object | undefined): boolean {
  return hooks === undefined || Object.keys(hooks).length === 0;
}
