import type { ShardEndpoint } from '../endpoint.ts';

/** A worker thread: the `Worker` of browsers, or that of `node:worker_threads`. */
export interface WorkerThread {
  postMessage(message: unknown): void;
  terminate(): unknown;
}

/** Differences between browsers and runtimes with Node's API. */
export interface Platform {
  /** Starts this package's worker script. */
  spawn(): ShardEndpoint;
  /** The endpoint of a worker that the application has started. */
  endpointOf(worker: WorkerThread): ShardEndpoint;
  /** Number of threads that can run in parallel. */
  concurrency(): number;
  /** Whether a `SharedArrayBuffer` can be posted to workers. */
  canShareMemory(): boolean;
  /** In a worker: calls `listener` with the first message. */
  onStart(listener: (message: unknown) => void): void;
  /** Starts `port`, and calls `listener` with each message that it receives. */
  onMessage(port: MessagePort, listener: (message: unknown) => void): void;
  /** Keeps an open port from keeping the process alive. */
  unref(port: MessagePort): void;
}
