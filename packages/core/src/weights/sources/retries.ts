import { LoadError } from '../../errors.ts';
import { errorDetails, isRetryable, type RemoteFile } from './request.ts';

export interface RetryOptions {
  /** How often something may fail before it is given up. */
  readonly maxTries: number;
  /** Milliseconds before the first further try; each next one waits twice as long. */
  readonly retryDelay: number;
  readonly signal: AbortSignal | undefined;
}

/** Counts the failures of one task and waits between its tries. */
export class Retries {
  readonly #file: RemoteFile;
  readonly #options: RetryOptions;
  #failures = 0;

  constructor(file: RemoteFile, options: RetryOptions) {
    this.#file = file;
    this.#options = options;
  }

  /** Waits before a further try after `error`, or throws it if there is to be none. */
  async backOff(error: unknown): Promise<void> {
    const { maxTries, retryDelay, signal } = this.#options;
    signal?.throwIfAborted();
    if (!isRetryable(error)) throw error;
    this.#failures++;
    if (this.#failures >= maxTries) {
      if (maxTries <= 1) throw error;
      const { reason, status } = error;
      const details = errorDetails(
        this.#file,
        status === undefined ? { cause: error } : { status, cause: error },
      );
      throw new LoadError(reason, `${error.message}; given up after ${maxTries} tries`, details);
    }
    await delay(retryDelay * 2 ** (this.#failures - 1), signal);
  }
}

function delay(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', aborted);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', aborted, { once: true });
  });
}
