import { holdLifeline, watchLifeline } from './lifeline.ts';
import type { Platform } from './types.ts';

export const platform: Platform = {
  spawn() {
    // Bundlers find the worker by exactly this expression.
    const worker = new Worker(new URL('../worker.js', import.meta.url), { type: 'module' });
    const lifeline = `headwise worker ${Math.random()}`;
    let release = () => {};
    return {
      start: (message, transfer) => worker.postMessage({ ...message, lifeline }, [...transfer]),
      onFailure(listener) {
        const fail = (event: Event) => {
          // Nobody else needs to report what is answered here.
          event.preventDefault();
          const message =
            event instanceof ErrorEvent && event.message ? event.message : 'it could not be started';
          listener(new Error(message));
        };
        worker.addEventListener('error', fail);
        worker.addEventListener('messageerror', fail);
        release = watchLifeline(worker, lifeline, () => listener(new Error('it ended')));
      },
      async terminate() {
        release();
        worker.terminate();
      },
    };
  },
  concurrency: () => navigator.hardwareConcurrency || 1,
  canShareMemory: () => globalThis.crossOriginIsolated === true,
  onStart(listener) {
    const receive = ({ origin, data }: MessageEvent<unknown>) => {
      // A worker hears only of who started it, without an origin; where anybody could write, only this origin may.
      if (origin !== '' && origin !== globalThis.location.origin) return;
      globalThis.removeEventListener('message', receive as EventListener);
      holdLifeline((data as { lifeline?: unknown } | null)?.lifeline);
      listener(data);
    };
    globalThis.addEventListener('message', receive as EventListener);
  },
  unref() {},
};
