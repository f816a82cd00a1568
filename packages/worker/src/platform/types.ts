import type { ShardEndpoint } from '../endpoint.ts';

/** What differs between browsers and Node-like runtimes. */
export interface Platform {
  /** Starts this package's worker script. */
  spawn(): ShardEndpoint;
  /** Workers that can run at once. */
  concurrency(): number;
  /** Whether memory can be shared with workers. */
  canShareMemory(): boolean;
  /** In a worker: calls back with the first message. */
  onStart(listener: (message: unknown) => void): void;
  /** Keeps a port from holding the process open. */
  unref(port: MessagePort): void;
}
