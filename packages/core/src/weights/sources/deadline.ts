import type { HeadwiseError } from '../../errors.ts';

/** The longest time of timers: JavaScript runs those with more at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Settles as `promise` does; rejects with `onTimeout()` when it has not settled after `milliseconds`, and with the signal's reason when it is
 * aborted. `Infinity` is no limit.
 */
export function withDeadline<T>(
  promise: Promise<T>,
  milliseconds: number,
  signal: AbortSignal | undefined,
  onTimeout: () => HeadwiseError,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = (action: () => void) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      action();
    };
    const onAbort = () => settle(() => reject(signal?.reason));
    const isLimited = milliseconds <= MAX_TIMER_MS;
    const timer = isLimited ? setTimeout(() => settle(() => reject(onTimeout())), milliseconds) : undefined;
    signal?.addEventListener('abort', onAbort, { once: true });
    promise.then(
      (value) => settle(() => resolve(value)),
      (error) => settle(() => reject(error)),
    );
    if (signal?.aborted) onAbort();
  });
}
