import { yieldToEventLoop } from './yield.ts';

/** Milliseconds of computation between two turns of the event loop: less than one frame at 120 Hz. */
const MAX_BLOCKING_MS = 8;

/** Yields to the event loop at intervals while the calling thread computes, so that a page stays responsive. */
export class EventLoopYielder {
  /** Whether the calling thread computes. */
  readonly blocking: boolean;
  #lastYield = performance.now();

  /** Without `blocking` no yields are needed. */
  constructor(blocking: boolean) {
    this.blocking = blocking;
  }

  /** To be called before every forward pass; the interval counts across calls. Throws the signal's reason if it is aborted. */
  async yieldToEventLoop(signal: AbortSignal | undefined): Promise<void> {
    if (this.blocking && performance.now() - this.#lastYield >= MAX_BLOCKING_MS) {
      await yieldToEventLoop();
      this.#lastYield = performance.now();
    }
    // The signal may have been aborted during the yield.
    signal?.throwIfAborted();
  }
}
