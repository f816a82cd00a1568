import { LoadError } from '../../errors.ts';
import { isRetryable } from './request.ts';

export interface RetryOptions {
  /** Number of failures after which to give up. */
  readonly maxTries: number;
  /** Delay before the first retry in milliseconds; doubles with each retry. */
  readonly retryDelay: number;
  readonly signal: AbortSignal | undefined;
}

/** The longest wait that a server may ask for, in seconds. */
const MAX_RETRY_AFTER = 60;

/** Counts the failures of one file and delays its retries, with exponential backoff. */
export class Retries {
  readonly #options: RetryOptions;
  #failures = 0;
  #timeouts = 0;

  constructor(options: RetryOptions) {
    this.#options = options;
  }

  /** Forgets that the server was silent, once it sends again. */
  onProgress(): void {
    this.#timeouts = 0;
  }

  /** Waits before the next retry. Throws `error` if it is not retryable, the server asks for too long a wait, or the retries are used up. */
  async backOff(error: unknown): Promise<void> {
    const { maxTries, retryDelay, signal } = this.#options;
    signal?.throwIfAborted();
    if (!isRetryable(error)) throw error;
    this.#failures++;
    if (error.reason === 'timeout') this.#timeouts++;
    const { reason, retryAfter = 0 } = error;
    const isTooLong = retryAfter > MAX_RETRY_AFTER;
    // A silent server is asked once more: each of these tries takes long.
    if (this.#failures >= maxTries || this.#timeouts > 1 || isTooLong) {
      if (maxTries <= 1) throw error;
      const asked = isTooLong ? `, asked to wait ${Math.ceil(retryAfter)} s` : '';
      const message = `${error.message}; gave up after ${this.#failures} tries${asked}`;
      throw new LoadError(reason, message, { ...error, cause: error });
    }
    await delay(Math.max(retryDelay * 2 ** (this.#failures - 1), retryAfter * 1000), signal);
  }
}

function delay(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
