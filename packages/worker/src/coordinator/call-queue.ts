import { QueueFullError } from '../errors.ts';

/** A piece of work that has begun: what its caller gets, and when the next may begin. The caller need not wait for the latter. */
export interface Begun<T> {
  readonly result: Promise<T>;
  readonly settled: Promise<unknown>;
}

/** A call that was let in. It counts until it has ended, however many pieces of work it is made of. */
export interface Ticket {
  end(): void;
}

interface Entry {
  readonly slots: number;
  begin(): Promise<unknown>;
  leave(error: unknown): void;
}

/**
 * Lets work begin in its order on `slots` slots. At most `limit` calls are let in beyond those that the slots are for; work whose signal
 * aborts waits no longer.
 */
export class CallQueue {
  readonly #limit: number;
  readonly #slots: number;
  readonly #tickets = new Set<Ticket>();
  readonly #waiting = new Set<Entry>();
  #busy = 0;
  #closed: { readonly error: unknown } | undefined;

  constructor(limit: number, slots = 1) {
    this.#limit = limit;
    this.#slots = slots;
  }

  /** How many calls are in. */
  get size(): number {
    return this.#tickets.size;
  }

  /** Lets a call in. Throws `QueueFullError` if too many are in already, or what the queue was closed with. */
  enter(): Ticket {
    if (this.#closed) throw this.#closed.error;
    if (this.#tickets.size >= this.#limit + this.#slots) throw new QueueFullError(this.#limit);
    const ticket = { end: () => void this.#tickets.delete(ticket) };
    this.#tickets.add(ticket);
    return ticket;
  }

  /** A call of one piece of work: lets it in, and counts it for as long as its caller or its slots wait for it. */
  async call<T>(signal: AbortSignal | undefined, begin: () => Begun<T>, slots = 1): Promise<T> {
    signal?.throwIfAborted();
    const ticket = this.enter();
    const counted = () => {
      const begun = begin();
      begun.settled.catch(() => {}).then(ticket.end);
      return begun;
    };
    return this.run(signal, counted, slots).finally(ticket.end);
  }

  /**
   * Runs work of a call that was let in, on so many slots, when its turn comes. Rejects with the signal's reason, or as what `begin`
   * gives or throws.
   */
  async run<T>(signal: AbortSignal | undefined, begin: () => Begun<T>, slots = 1): Promise<T> {
    signal?.throwIfAborted();
    if (this.#closed) throw this.#closed.error;
    return new Promise<T>((resolve, reject) => {
      const abort = () => entry.leave(signal?.reason);
      const entry: Entry = {
        slots,
        begin: async () => {
          this.#forget(entry, signal, abort);
          try {
            const { result, settled } = begin();
            result.then(resolve, reject);
            await settled;
          } catch (error) {
            reject(error);
          }
        },
        leave: (error) => {
          this.#forget(entry, signal, abort);
          reject(error);
          // What waited for more slots than there were may have kept others waiting.
          this.#beginNext();
        },
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#waiting.add(entry);
      this.#beginNext();
    });
  }

  /** Rejects what waits, and all later calls, with `error`. */
  close(error: unknown): void {
    this.#closed ??= { error };
    for (const entry of this.#waiting) entry.leave(error);
  }

  #forget(entry: Entry, signal: AbortSignal | undefined, abort: () => void): void {
    this.#waiting.delete(entry);
    signal?.removeEventListener('abort', abort);
  }

  #beginNext(): void {
    if (this.#closed) return;
    for (const entry of this.#waiting) {
      // None overtakes another: what needs all slots would never begin.
      if (this.#busy + entry.slots > this.#slots) return;
      this.#busy += entry.slots;
      void entry.begin().then(() => {
        this.#busy -= entry.slots;
        this.#beginNext();
      });
    }
  }
}
