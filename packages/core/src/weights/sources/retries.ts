import { LoadError } from '../../errors.ts';
import { errorDetails, isRetryable, type RemoteFile } from './request.ts';

export interface RetryOptions {
  /** Number of failures after which to give up. */
  readonly maxTries: number;
  /** Delay before the first retry in milliseconds; doubles with each retry. */
  readonly retryDelay: number;
  readonly signal: AbortSignal | undefined;
}

/** Counts the failures of one file and delays its retries, with exponential backoff. */
export class Retries {
  readonly #file: RemoteFile;
  readonly #options: RetryOptions;
  #failures = 0;
  #timeouts = 0;

  constructor(file: RemoteFile, options: RetryOptions) {
    this.#file = file;
    this.#options = options;
  }

  /** Forgets that the server was silent, once it sends again. */
  onProgress(): void {
    this.#timeouts = 0;
  }

  /** Waits before the next retry. Throws `error` if it is not retryable or the retries are used up. */
  async backOff(error: unknown): Promise<void> {
    const { maxTries, retryDelay, signal } = this.#options;
    signal?.throwIfAborted();
    if (!isRetryable(error)) throw error;
    this.#failures++;
    if (error.reason === 'timeout') this.#timeouts++;
    // A silent server is asked once more: each of these tries takes long.
    if (this.#failures >= maxTries || this.#timeouts > 1) {
      if (maxTries <= 1) throw error;
      const { reason, status } = error;
      const details = errorDetails(
        this.#file,
        status === undefined ? { cause: error } : { status, cause: error },
      );
      throw new LoadError(reason, `${error.message}; gave up after ${this.#failures} tries`, details);
    }
    await delay(retryDelay * 2 ** (this.#failures - 1), signal);
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
