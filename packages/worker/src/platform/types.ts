/** A running worker, whatever the runtime calls it. */
export interface WorkerHandle {
  /** Sends the first message, with the ports through which all others go. */
  start(message: unknown, transfer: readonly MessagePort[]): void;
  /** Called at most once, when the worker dies without having been asked to. */
  onFailure(listener: (error: Error) => void): void;
  /** While held, a process waits for the worker; otherwise it may end. Browsers have no such thing. */
  hold(held: boolean): void;
  terminate(): Promise<void>;
}

/** What differs between browsers and Node-like runtimes. */
export interface Platform {
  spawn(): WorkerHandle;
  /** Workers that can run at once. */
  concurrency(): number;
  /** In a worker: calls back with the first message. */
  onStart(listener: (message: unknown) => void): void;
  /** Keeps a port from holding the process open. */
  unref(port: MessagePort): void;
}
