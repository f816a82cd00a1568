import type { DecoderEngine, DecoderSession } from '../../engine/decoder-engine.ts';
import { EventLoopYielder } from './event-loop-yielder.ts';

/** What a slot has read: the first `length` of these tokens. */
export interface CachedPrefix {
  readonly ids: readonly number[];
  readonly length: number;
}

const NOTHING: CachedPrefix = { ids: [], length: 0 };

/** A session, and what its slots hold. */
export class CachedSession {
  readonly session: DecoderSession;
  readonly prefixes: CachedPrefix[];
  readonly yielder: EventLoopYielder;

  constructor(session: DecoderSession, breather: EventLoopYielder) {
    this.session = session;
    this.yielder = breather;
    this.prefixes = Array.from({ length: session.slots }, () => NOTHING);
  }

  /** Makes sure that nothing which is held is used again. */
  forget(): void {
    this.prefixes.fill(NOTHING);
  }
}

/** Least room of a session that is kept: so that a conversation does not outgrow it at every turn. */
const LEAST_KEPT = 256;
const STEP = 64;

/**
 * Gives calls the sessions that they need. That of one sequence is kept for the next call, which need not read again what it begins with;
 * it is made anew, twice as large, when a text outgrows it. Those of several are closed when the call has ended.
 */
export class SessionCache {
  readonly #engine: DecoderEngine;
  readonly #contextLength: number;
  readonly #breather: EventLoopYielder;
  #kept: CachedSession | undefined;

  constructor(engine: DecoderEngine, contextLength: number) {
    this.#engine = engine;
    this.#contextLength = contextLength;
    this.#breather = new EventLoopYielder(engine.blocking);
  }

  /** Runs `body` with a session of at least so much room. The next call must wait for its end. */
  async use<T>(slots: number, capacity: number, body: (session: CachedSession) => Promise<T>): Promise<T> {
    if (slots === 1) return body(await this.#keep(capacity));
    const rounded = Math.min(this.#contextLength, Math.ceil(capacity / STEP) * STEP);
    const session = await this.#engine.openSession({ slots, capacity: Math.max(capacity, rounded) });
    try {
      return await body(new CachedSession(session, this.#breather));
    } finally {
      await session.close();
    }
  }

  async #keep(capacity: number): Promise<CachedSession> {
    if (this.#kept && this.#kept.session.capacity >= capacity) return this.#kept;
    await this.#kept?.session.close();
    this.#kept = undefined;
    let room = LEAST_KEPT;
    while (room < capacity) room *= 2;
    const bounded = Math.max(capacity, Math.min(room, this.#contextLength));
    const session = await this.#engine.openSession({ slots: 1, capacity: bounded });
    this.#kept = new CachedSession(session, this.#breather);
    return this.#kept;
  }
}
