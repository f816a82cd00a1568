import { yieldToEventLoop } from '../../platform/yield.ts';

/** So long a page can be busy without seeming so: less than two frames at 120 Hz. */
const BREATH_MS = 8;

/** Lets the event loop run now and then while this thread computes: often enough to draw, seldom enough to cost nothing. */
export class EventLoopYielder {
  readonly #blocking: boolean;
  #since = performance.now();

  /** `blocking` is whether it is this thread that computes. */
  constructor(blocking: boolean) {
    this.#blocking = blocking;
  }

  /** To be called before every computation: many short calls need breath as one long one does. */
  async yieldToEventLoop(signal: AbortSignal | undefined): Promise<void> {
    if (this.#blocking && performance.now() - this.#since >= BREATH_MS) {
      await yieldToEventLoop();
      this.#since = performance.now();
    }
    // The abort may have come just now.
    signal?.throwIfAborted();
  }
}
