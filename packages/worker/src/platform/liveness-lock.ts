// Browsers fire no event when a worker closes itself or is terminated for lack of memory. But a lock (Web Locks) that the worker holds is
// released in every case. Without Web Locks (pages that are not secure contexts, sandboxed frames), only uncaught exceptions are detected.

/** In a worker: acquires a lock, holds it until the worker ends, and tells the main thread that it is held. */
export function holdLivenessLock(name: unknown): void {
  if (typeof name !== 'string' || !globalThis.navigator?.locks) return;
  const hold = () => {
    globalThis.postMessage(HELD);
    return new Promise(() => {});
  };
  // Refused in sandboxed frames.
  navigator.locks.request(name, hold).catch(() => {});
}

/** In the main thread: calls `onReleased` when the worker ends. Returns a function that stops watching. */
export function watchLivenessLock(worker: Worker, name: string, onReleased: () => void): () => void {
  const controller = new AbortController();
  worker.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (data !== HELD || controller.signal.aborted) return;
    // Granted when the worker no longer holds the lock; rejects when aborted.
    navigator.locks.request(name, { signal: controller.signal }, onReleased).catch(() => {});
  });
  return () => controller.abort();
}

const HELD = 'headwise: liveness lock held';
