import { type Transferable, Worker } from 'node:worker_threads';
import { threadOptions } from '@headwise/core/internal';
import type { ShardEndpoint } from '../endpoint.ts';
import { startScript } from './start-script.ts';
import type { Platform } from './types.ts';

export const platform: Platform = {
  spawn: (url) =>
    startScript(url, (notLoaded) =>
      endpointOf(
        url === undefined
          ? // Bundlers recognise a worker by exactly this expression.
            new Worker(new URL('../bundle/worker.js', import.meta.url), threadOptions())
          : new Worker(toUrl(url), threadOptions()),
        notLoaded,
      ),
    ),
  scriptUrl: (source) => `data:text/javascript,${encodeURIComponent(source)}`,
  endpointOf: (worker) => endpointOf(worker as unknown as Worker),
  canShareMemory: () => true,
  unref(port) {
    (port as unknown as { unref(): void }).unref();
  },
};

/** Node takes strings for paths: URLs have to be `URL`s. */
function toUrl(url: string | URL): string | URL {
  return typeof url === 'string' && /^(?:data|file):/.test(url) ? new URL(url) : url;
}

/** Whether a worker's script does not exist. Deno's error has no code. */
function isMissing({ code, message }: NodeJS.ErrnoException): boolean {
  return /^(?:ERR_)?MODULE_NOT_FOUND$/.test(String(code)) || message.startsWith('Cannot find module');
}

/** @param notLoaded the message for a script that does not exist */
function endpointOf(worker: Worker, notLoaded?: string): ShardEndpoint {
  worker.unref();
  return {
    start: (message, transfer) => worker.postMessage(message, transfer as unknown as Transferable[]),
    onFailure(listener) {
      worker.on('error', (error) => {
        listener(isMissing(error) && notLoaded ? new Error(`${notLoaded} (${error.message})`) : error);
      });
      worker.on('messageerror', listener);
      worker.on('exit', (code) => listener(new Error(`it exited with code ${code}`)));
    },
    hold: (held) => (held ? worker.ref() : worker.unref()),
    async terminate() {
      await worker.terminate();
    },
  };
}
