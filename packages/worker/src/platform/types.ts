import type { ShardEndpoint } from '../endpoint.ts';

/** A worker thread: the `Worker` of browsers, or that of `node:worker_threads`. */
export interface WorkerThread {
  postMessage(message: unknown): void;
  terminate(): unknown;
}

/** Differences between browsers and runtimes with Node's API. */
export interface Platform {
  /** Starts this package's worker script, or the copy of it at `url`. Throws `WorkerError` if the platform refuses. */
  spawn(url?: string | URL): ShardEndpoint;
  /** A URL from which a worker with this source can be started. */
  scriptUrl(source: string): string;
  /** The endpoint of a worker that the application has started. */
  endpointOf(worker: WorkerThread): ShardEndpoint;
  /** Whether a `SharedArrayBuffer` can be posted to workers. */
  canShareMemory(): boolean;
  /** Keeps an open port from keeping the process alive. */
  unref(port: MessagePort): void;
}
