import type { Platform } from './types.ts';

export const platform: Platform = {
  spawn() {
    // Bundlers find the worker by exactly this expression.
    const worker = new Worker(new URL('../worker.js', import.meta.url), { type: 'module' });
    return {
      start: (message, transfer) => worker.postMessage(message, [...transfer]),
      onFailure(listener) {
        const fail = (event: Event) => {
          const message =
            event instanceof ErrorEvent && event.message ? event.message : 'it could not be started';
          listener(new Error(message));
        };
        worker.addEventListener('error', fail, { once: true });
        worker.addEventListener('messageerror', fail, { once: true });
      },
      hold() {},
      async terminate() {
        worker.terminate();
      },
    };
  },
  concurrency: () => navigator.hardwareConcurrency || 1,
  onStart(listener) {
    globalThis.addEventListener('message', (event) => listener((event as MessageEvent<unknown>).data), {
      once: true,
    });
  },
  unref() {},
};
