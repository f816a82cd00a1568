import { QueueFullError } from '../errors.ts';

/** A call that has begun: what its caller gets, and when the next may begin. The caller need not wait for the latter. */
export interface Begun<T> {
  readonly result: Promise<T>;
  readonly settled: Promise<unknown>;
}

interface Entry {
  begin(): Promise<unknown>;
  leave(error: unknown): void;
}

/**
 * Lets calls begin in their order, `slots` at a time. At most `limit` wait for those; a call whose signal aborts waits no longer.
 */
export class CallQueue {
  readonly #limit: number;
  readonly #waiting = new Set<Entry>();
  readonly #slots: number;
  #busy = 0;
  #closed: { readonly error: unknown } | undefined;

  constructor(limit: number, slots = 1) {
    this.#limit = limit;
    this.#slots = slots;
  }

  /** Rejects with `QueueFullError` if too many wait already, with the signal's reason, or as what `begin` gives. */
  run<T>(signal: AbortSignal | undefined, begin: () => Begun<T>): Promise<T> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#closed) return Promise.reject(this.#closed.error);
    if (this.#busy >= this.#slots && this.#waiting.size >= this.#limit)
      return Promise.reject(new QueueFullError(this.#limit));
    return new Promise<T>((resolve, reject) => {
      const abort = () => entry.leave(signal?.reason);
      const entry: Entry = {
        begin: () => {
          this.#forget(entry, signal, abort);
          const { result, settled } = begin();
          result.then(resolve, reject);
          return settled;
        },
        leave: (error) => {
          this.#forget(entry, signal, abort);
          reject(error);
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
    for (const entry of this.#waiting) {
      if (this.#busy >= this.#slots) return;
      this.#busy++;
      void entry
        .begin()
        .catch(() => {})
        .then(() => {
          this.#busy--;
          this.#beginNext();
        });
    }
  }
}
