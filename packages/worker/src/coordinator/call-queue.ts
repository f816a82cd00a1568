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

/** Lets calls begin one after another, in their order. At most `limit` wait; a call whose signal aborts waits no longer. */
export class CallQueue {
  readonly #limit: number;
  readonly #waiting = new Set<Entry>();
  #busy = false;
  #closed: { readonly error: unknown } | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Rejects with `QueueFullError` if too many wait already, with the signal's reason, or as what `begin` gives. */
  run<T>(signal: AbortSignal | undefined, begin: () => Begun<T>): Promise<T> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#closed) return Promise.reject(this.#closed.error);
    if (this.#busy && this.#waiting.size >= this.#limit)
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
      void this.#next();
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

  async #next(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    for (const entry of this.#waiting) await entry.begin().catch(() => {});
    this.#busy = false;
  }
}
