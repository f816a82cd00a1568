import {
  ConfigError,
  type DecodeBatch,
  type DecodeCallOptions,
  type DecodeResult,
  type DecoderSession,
  type DecodeStepOptions,
  HeadwiseError,
  type SessionSlots,
  type TokenBatch,
} from '@headwise/core';
import type { CallQueue } from './call-queue.ts';
import {
  closeRequest,
  decodeRequest,
  encodeSourceRequest,
  openRequest,
  type SessionContext,
} from './decode-requests.ts';
import { type ReplayEntry, ReplayLog } from './replay-log.ts';
import { type MakeCall, runSerially } from './run-serially.ts';
import type { Shards } from './shards.ts';

export interface SessionParts {
  readonly shards: Shards;
  readonly queue: CallQueue;
  readonly ledger: SessionSlots;
  readonly context: SessionContext;
  /** Whether the model reads sources. */
  readonly readsSources: boolean;
}

/**
 * A session whose cache lies in the shards, each with the keys and values of its own heads. When a worker is replaced, what is needed of
 * the session is read again: the call during which it failed rejects, the next one goes on as if nothing had happened.
 */
export class ShardedSession implements DecoderSession {
  readonly slots: number;
  readonly capacity: number;
  readonly #parts: SessionParts;
  readonly #record: ReplayLog;
  #closed = false;

  private constructor(parts: SessionParts) {
    this.slots = parts.ledger.slots;
    this.capacity = parts.ledger.capacity;
    this.#parts = parts;
    this.#record = new ReplayLog(parts.ledger);
  }

  /** Makes room in all shards. */
  static async open(parts: SessionParts): Promise<ShardedSession> {
    const session = new ShardedSession(parts);
    await session
      .#inTurn(undefined, (call) => session.#moveIn(call, undefined))
      .catch(async (error) => {
        await session.close();
        throw error;
      });
    return session;
  }

  decode(batch: DecodeBatch, options: DecodeStepOptions = {}): Promise<DecodeResult> {
    const { ledger, context } = this.#parts;
    const { copies, hooks, signal } = options;
    return this.#inTurn(signal, async (call) => {
      this.#checkOpen();
      ledger.check(batch, options);
      await this.#moveIn(call, signal);
      for (const rereading of this.#record.missing(batch, copies))
        await this.#reread(call, rereading, signal);
      ledger.begin(batch, copies);
      this.#record.begin(batch, copies, isEmpty(hooks));
      const result = await call(decodeRequest(context, batch, options));
      ledger.end(batch);
      return result;
    });
  }

  encodeSource(batch: TokenBatch, slots: Int32Array, options: DecodeCallOptions = {}) {
    const { ledger, context, readsSources } = this.#parts;
    const { hooks, signal } = options;
    return this.#inTurn(signal, async (call) => {
      this.#checkOpen();
      if (!readsSources)
        throw new ConfigError('encodeSource: this model is no encoder–decoder and reads no source texts');
      ledger.checkSources(batch, slots);
      await this.#moveIn(call, signal);
      ledger.beginSources(slots);
      ledger.beginSources(slots);
      this.#record.beginSources(slots);
      const result = await call(encodeSourceRequest(context, batch, slots, options));
      this.#record.endSources(batch, slots, isEmpty(hooks));
      return result;
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    // Where this fails, the worker with all that it had is gone.
    await this.#inTurn(undefined, (call) => call(closeRequest(this.#parts.context))).catch(() => {});
  }

  #inTurn<T>(signal: AbortSignal | undefined, body: (call: MakeCall) => Promise<T>): Promise<T> {
    const { queue, shards } = this.#parts;
    return queue.call(signal, () => runSerially(shards, body));
  }

  /** Makes room in the workers that took the place of others; what those had is lost. */
  async #moveIn(call: MakeCall, signal: AbortSignal | undefined): Promise<void> {
    const { shards, context } = this.#parts;
    const workers = await shards.ready();
    if (workers.every((worker) => context.homes.has(worker))) return;
    this.#record.lose();
    await call(openRequest(context, signal));
  }

  async #reread(call: MakeCall, rereading: ReplayEntry, signal: AbortSignal | undefined): Promise<void> {
    const { context } = this.#parts;
    const { slot, source, ids } = rereading;
    const slots = Int32Array.of(slot);
    const options = signal ? { signal } : {};
    const offsets = (length: number) => Int32Array.of(0, length);
    if (source) {
      const batch = { ...source, offsets: offsets(source.ids.length) };
      await call(encodeSourceRequest(context, batch, slots, options));
    }
    if (ids.length > 0) {
      const batch = { ids, offsets: offsets(ids.length), slots, starts: Int32Array.of(0) };
      await call(decodeRequest(context, batch, options));
    }
    this.#record.reread(rereading);
  }

  #checkOpen(): void {
    if (this.#closed) throw new HeadwiseError('ERR_DISPOSED', 'session: it was closed');
  }
}

function isEmpty(hooks: object | undefined): boolean {
  return hooks === undefined || Object.keys(hooks).length === 0;
}
