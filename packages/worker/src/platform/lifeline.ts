// Browsers don't say when a worker ends itself or is ended for want of memory. But a lock that it holds is set free, whatever
// ends it. Where there are no locks (pages without TLS), only what a worker throws is noticed.

/** In a worker: holds a lock for as long as it lives, and says so to who started it. */
export function holdLifeline(name: unknown): void {
  if (typeof name !== 'string' || !globalThis.navigator?.locks) return;
  void navigator.locks.request(name, () => {
    globalThis.postMessage(HELD);
    return new Promise(() => {});
  });
}

/** Calls back when the worker is gone. Returns what stops waiting for that. */
export function watchLifeline(worker: Worker, name: string, onGone: () => void): () => void {
  const controller = new AbortController();
  worker.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (data !== HELD || controller.signal.aborted) return;
    // Granted only when the worker no longer holds it; aborting refuses it.
    navigator.locks.request(name, { signal: controller.signal }, onGone).catch(() => {});
  });
  return () => controller.abort();
}

const HELD = 'headwise: lifeline held';
