import type { ShardEndpoint } from '../endpoint.ts';
import { WorkerError } from '../errors.ts';
import { watchLivenessLock } from './liveness-lock.ts';
import { startScript } from './start-script.ts';
import type { Platform } from './types.ts';

export const platform: Platform = {
  spawn(url) {
    if (typeof Worker === 'undefined')
      throw new WorkerError(
        'died',
        'nothing can start workers here, as in service workers, shared workers and Cloudflare Workers: load the model by the same function of @headwise/core',
      );
    return startScript(url, (notLoaded) =>
      endpointOf(
        url === undefined
          ? // Bundlers recognise a worker by exactly this expression.
            new Worker(new URL('../bundle/worker.js', import.meta.url), { type: 'module' })
          : new Worker(url, { type: typeOf(url) }),
        notLoaded,
      ),
    );
  },
  scriptUrl: (source) => URL.createObjectURL(new Blob([source], { type: 'text/javascript' })),
  endpointOf: (worker) => endpointOf(worker as unknown as Worker),
  canShareMemory: () => globalThis.crossOriginIsolated === true,
  unref() {},
};

/** The script runs as either type. Pages of files and sandboxed frames start no modules from `blob:` URLs. */
const typeOf = (url: string | URL): WorkerType => (String(url).startsWith('blob:') ? 'classic' : 'module');

/** @param notLoaded the message for an error that the browser does not describe: a script that could not be loaded */
function endpointOf(worker: Worker, notLoaded = 'it could not be started'): ShardEndpoint {
  const livenessLock = `headwise worker ${Math.random()}`;
  let stopWatching = () => {};
  return {
    start: (message, transfer) => worker.postMessage({ ...message, livenessLock }, [...transfer]),
    onFailure(listener) {
      const fail = (event: Event) => {
        // The error is handled here: keep it from being reported on the console, too.
        event.preventDefault();
        listener(new Error(event instanceof ErrorEvent && event.message ? event.message : notLoaded));
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
