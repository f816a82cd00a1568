import { availableParallelism } from 'node:os';
import { type MessagePort, parentPort, type Transferable, Worker } from 'node:worker_threads';
import type { ShardEndpoint } from '../endpoint.ts';
import { onMessageEvent } from './message-event.ts';
import type { Platform } from './types.ts';

type NodePort = Pick<MessagePort, 'on'>;

export const platform: Platform = {
  spawn() {
    return endpointOf(new Worker(new URL('../bundled/node.js', import.meta.url), workerOptions()));
  },
  endpointOf: (worker) => endpointOf(worker as unknown as Worker),
  concurrency: availableParallelism,
  canShareMemory: () => true,
  onStart(listener) {
    parentPort?.once('message', listener);
  },
  onMessage(port, listener) {
    // Node loads its HTTP client to make the first event of a thread, which takes a third of a worker's start. Deno has events alone.
    if (typeof (port as Partial<NodePort>).on !== 'function') return onMessageEvent(port, listener);
    (port as unknown as NodePort).on('message', listener);
  },
  unref(port) {
    (port as unknown as { unref(): void }).unref();
  },
};

/** Workers inherit the flags of the process. With `--input-type`, which is only valid for code on the command line, they would not start. */
function workerOptions(): { execArgv?: string[] } {
  return process.execArgv.some((flag) => flag.startsWith('--input-type')) ? { execArgv: [] } : {};
}

function endpointOf(worker: Worker): ShardEndpoint {
  worker.unref();
  return {
    start: (message, transfer) => worker.postMessage(message, transfer as unknown as Transferable[]),
    onFailure(listener) {
      worker.on('error', listener);
      worker.on('messageerror', listener);
      worker.on('exit', (code) => listener(new Error(`it exited with code ${code}`)));
    },
    hold: (held) => (held ? worker.ref() : worker.unref()),
    async terminate() {
      await worker.terminate();
    },
  };
}
