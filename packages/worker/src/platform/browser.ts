import type { ShardEndpoint } from '../endpoint.ts';
import { holdLivenessLock, watchLivenessLock } from './liveness-lock.ts';
import { onMessageEvent } from './message-event.ts';
import type { Platform } from './types.ts';

export const platform: Platform = {
  spawn() {
    // Bundlers recognise a worker by exactly this expression.
    return endpointOf(new Worker(new URL('../bundled/browser.js', import.meta.url), { type: 'module' }));
  },
  endpointOf: (worker) => endpointOf(worker as unknown as Worker),
  concurrency: () => navigator.hardwareConcurrency || 1,
  canShareMemory: () => globalThis.crossOriginIsolated === true,
  onStart(listener) {
    const receive = ({ origin, data }: MessageEvent<unknown>) => {
      // Messages to a worker have no origin. Where the script runs in a window, only its own origin is accepted.
      if (origin !== '' && origin !== globalThis.location.origin) return;
      globalThis.removeEventListener('message', receive as EventListener);
      holdLivenessLock((data as { livenessLock?: unknown } | null)?.livenessLock);
      listener(data);
    };
    globalThis.addEventListener('message', receive as EventListener);
  },
  onMessage: onMessageEvent,
  unref() {},
};

function endpointOf(worker: Worker): ShardEndpoint {
  const livenessLock = `headwise worker ${Math.random()}`;
  let stopWatching = () => {};
  return {
    start: (message, transfer) => worker.postMessage({ ...message, livenessLock }, [...transfer]),
    onFailure(listener) {
      const fail = (event: Event) => {
        // The error is handled here: keep it from being reported on the console, too.
        event.preventDefault();
        const message =
          event instanceof ErrorEvent && event.message ? event.message : 'it could not be started';
        listener(new Error(message));
      };
      worker.addEventListener('error', fail);
      worker.addEventListener('messageerror', fail);
      stopWatching = watchLivenessLock(worker, livenessLock, () => listener(new Error('it ended')));
    },
    async terminate() {
      stopWatching();
      worker.terminate();
    },
  };
}
