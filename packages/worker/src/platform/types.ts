import type { ShardEndpoint } from '../endpoint.ts';

/** Differences between browsers and runtimes with Node's API. */
export interface Platform {
  /** Starts this package's worker script. */
  spawn(): ShardEndpoint;
  /** Number of threads that can run in parallel. */
  concurrency(): number;
  /** Whether a `SharedArrayBuffer` can be posted to workers. */
  canShareMemory(): boolean;
  /** In a worker: calls `listener` with the first message. */
  onStart(listener: (message: unknown) => void): void;
  /** Keeps an open port from keeping the process alive. */
  unref(port: MessagePort): void;
}
