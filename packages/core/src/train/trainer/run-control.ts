import { yieldToEventLoop } from '../../platform/yield.ts';

/** Pauses, aborts and stops a run between batches, and lets the event loop run. */
export class RunControl {
  readonly #signal: AbortSignal | undefined;
  #paused: { readonly promise: Promise<void>; resume(): void } | undefined;
  /** Whether the run is to end after the current step. */
  stopping = false;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  get isPaused(): boolean {
    return this.#paused !== undefined;
  }

  pause(): void {
    if (this.#paused) return;
    let resume = () => {};
    const promise = new Promise<void>((resolve) => {
      resume = resolve;
    });
    this.#paused = { promise, resume };
  }

  resume(): void {
    this.#paused?.resume();
    this.#paused = undefined;
  }

  /** Yields to the event loop once. Rejects with the signal's reason if it is aborted. */
  async breathe(): Promise<void> {
    this.#signal?.throwIfAborted();
    await yieldToEventLoop();
    this.#signal?.throwIfAborted();
  }

  /** Waits while the run is paused, and {@link breathe | yields}. Returns the milliseconds that it waited. */
  async betweenSteps(): Promise<number> {
    await this.breathe();
    const start = performance.now();
    while (this.#paused && !this.stopping) await this.#pausedOrAborted(this.#paused.promise);
    return performance.now() - start;
  }

  async #pausedOrAborted(resumed: Promise<void>): Promise<void> {
    const signal = this.#signal;
    if (!signal) return resumed;
    signal.throwIfAborted();
    let abort = () => {};
    const aborted = new Promise<never>((_, reject) => {
      abort = () => reject(signal.reason);
      signal.addEventListener('abort', abort);
    });
    try {
      await Promise.race([resumed, aborted]);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }
}
