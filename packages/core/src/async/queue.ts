import { QueueFullError } from '../errors.ts';

/** A task that has started and whose slot may be occupied for longer than its caller waits. */
export interface RunningTask<T> {
  /** What the caller receives. */
  readonly result: Promise<T>;
  /** Settles when the task's slot is free again. */
  readonly settled: Promise<unknown>;
}

export interface QueueOptions {
  /** Tasks that run at the same time. Default: 1. */
  readonly slots?: number;
  /** Calls admitted in addition to one per slot. Default: no limit. */
  readonly maxWaiting?: number;
}

interface Waiter {
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Runs tasks first in, first out, on a fixed number of slots. A call consists of one task ({@link call}) or of several
 * ({@link admit}, then {@link run}); the limit counts calls.
 */
export class Queue {
  readonly #slots: number;
  readonly #maxWaiting: number;
  /** Calls that have been admitted and have not ended. */
  readonly #calls = new Set<object>();
  /** Tasks that wait for a slot, in order. */
  readonly #waiters = new Set<Waiter>();
  /** Slots in use. */
  #busy = 0;
  #closed: { readonly error: unknown } | undefined;

  constructor({ slots = 1, maxWaiting = Number.POSITIVE_INFINITY }: QueueOptions = {}) {
    this.#slots = slots;
    this.#maxWaiting = maxWaiting;
  }

  /**
   * Admits a call and returns a function that ends it; ending it again has no effect. Throws `QueueFullError` when `slots + maxWaiting` calls
   * are admitted already.
   */
  admit(): () => void {
    this.#throwIfClosed();
    if (this.#calls.size >= this.#slots + this.#maxWaiting) throw new QueueFullError(this.#maxWaiting);
    const call = {};
    this.#calls.add(call);
    return () => void this.#calls.delete(call);
  }

  /** Admits a call and runs its only task. Rejects as {@link admit} and {@link run} do. */
  async call<T>(signal: AbortSignal | undefined, start: () => Promise<T> | RunningTask<T>): Promise<T> {
    signal?.throwIfAborted();
    const end = this.admit();
    return this.run(signal, start).finally(end);
  }

  /**
   * Calls `start` when a slot is free: at once, or after the tasks before it. The slot is in use until the returned promise, or `settled` of
   * the returned task, settles. Rejects as the task does; with the signal's reason when it is aborted before the task starts; and with the
   * error of {@link close}.
   */
  async run<T>(signal: AbortSignal | undefined, start: () => Promise<T> | RunningTask<T>): Promise<T> {
    signal?.throwIfAborted();
    this.#throwIfClosed();
    if (this.#busy < this.#slots) this.#busy++;
    else await this.#waitForSlot(signal);
    const release = () => this.#releaseSlot();
    try {
      // The signal or the queue may have changed between the release of the slot and this continuation.
      signal?.throwIfAborted();
      this.#throwIfClosed();
      const task = start();
      const { result, settled } = 'settled' in task ? task : { result: task, settled: task };
      settled.then(release, release);
      return result;
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Rejects the waiting tasks, and all later calls, with `error`. Running tasks are not affected. */
  close(error: unknown): void {
    this.#closed ??= { error };
    for (const waiter of this.#waiters) waiter.reject(error);
    this.#waiters.clear();
  }

  async #waitForSlot(signal: AbortSignal | undefined): Promise<void> {
    let abort = () => {};
    try {
      await new Promise<void>((resolve, reject) => {
        const waiter = { resolve, reject };
        abort = () => {
          this.#waiters.delete(waiter);
          reject(signal?.reason);
        };
        this.#waiters.add(waiter);
        signal?.addEventListener('abort', abort, { once: true });
      });
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Hands the slot to the first waiting task, if any. */
  #releaseSlot(): void {
    const [next] = this.#waiters;
    if (next) {
      this.#waiters.delete(next);
      next.resolve();
    } else {
      this.#busy--;
    }
  }

  #throwIfClosed(): void {
    if (this.#closed) throw this.#closed.error;
  }
}
