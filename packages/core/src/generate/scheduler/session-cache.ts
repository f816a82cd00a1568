import type { DecoderEngine, DecoderSession } from '../../engine/decoder-engine.ts';
import { EventLoopYielder } from '../../platform/event-loop-yielder.ts';

/** The tokens whose keys and values a slot stores: the first `length` of `ids`. */
export interface CachedPrefix {
  readonly ids: readonly number[];
  readonly length: number;
}

const EMPTY: CachedPrefix = { ids: [], length: 0 };

/** A decoder session and the token prefixes that its slots store. */
export class CachedSession {
  readonly session: DecoderSession;
  /** By slot. */
  readonly prefixes: CachedPrefix[];
  readonly yielder: EventLoopYielder;

  constructor(session: DecoderSession, yielder: EventLoopYielder) {
    this.session = session;
    this.yielder = yielder;
    this.prefixes = Array.from({ length: session.slots }, () => EMPTY);
  }

  /** Marks all slots as empty, so that no stored keys and values are used again. */
  clear(): void {
    this.prefixes.fill(EMPTY);
  }
}

/** Minimum capacity, in tokens, of the session that is kept between calls. */
const MIN_KEPT_CAPACITY = 256;
/** Capacities of other sessions are multiples of this. */
const CAPACITY_STEP = 64;

/**
 * Opens and reuses decoder sessions. The session with one slot is kept between calls, so that the next call computes only the tokens after
 * the common prefix; when a text exceeds its capacity, it is reopened with the next power of two. Sessions with several slots are closed after
 * their call.
 */
export class SessionCache {
  readonly #engine: DecoderEngine;
  readonly #contextLength: number;
  readonly #yielder: EventLoopYielder;
  #kept: CachedSession | undefined;

  constructor(engine: DecoderEngine, contextLength: number) {
    this.#engine = engine;
    this.#contextLength = contextLength;
    this.#yielder = new EventLoopYielder(engine.blocking);
  }

  /** Calls `body` with a session of `slots` slots of at least `capacity` tokens. Calls must not overlap. */
  async use<T>(slots: number, capacity: number, body: (session: CachedSession) => Promise<T>): Promise<T> {
    if (slots === 1) return body(await this.#keptSession(capacity));
    const rounded = Math.min(this.#contextLength, Math.ceil(capacity / CAPACITY_STEP) * CAPACITY_STEP);
    const session = await this.#engine.openSession({ slots, capacity: Math.max(capacity, rounded) });
    try {
      return await body(new CachedSession(session, this.#yielder));
    } finally {
      await session.close();
    }
  }

  async #keptSession(capacity: number): Promise<CachedSession> {
    if (this.#kept && this.#kept.session.capacity >= capacity) return this.#kept;
    await this.#kept?.session.close();
    this.#kept = undefined;
    let doubled = MIN_KEPT_CAPACITY;
    while (doubled < capacity) doubled *= 2;
    const bounded = Math.max(capacity, Math.min(doubled, this.#contextLength));
    const session = await this.#engine.openSession({ slots: 1, capacity: bounded });
    this.#kept = new CachedSession(session, this.#yielder);
    return this.#kept;
  }
}
