/**
 * Where a shard runs: a worker, or any context that receives the first message and passes it to `serveShard` (see
 * `@headwise/worker/shard`). All later messages go through the ports in the first one.
 */
export interface ShardEndpoint {
  /** Posts the first message and transfers its ports. */
  start(message: object, transfer: readonly MessagePort[]): void;
  /** Registers a listener that is called when the shard could not be started or ended without `terminate`. */
  onFailure(listener: (error: Error) => void): void;
  /** Keeps the process alive while `held`, and lets it exit otherwise. For runtimes with processes. */
  hold?(held: boolean): void;
  /** Terminates the shard and resolves when it has ended. May be called repeatedly. */
  terminate(): Promise<void>;
}

/** The endpoint of a shard behind a port: in an iframe, a shared worker, or a worker that the application starts itself. */
export function portEndpoint(port: MessagePort): ShardEndpoint {
  return {
    start: (message, transfer) => port.postMessage(message, [...transfer]),
    onFailure(listener) {
      const fail = () => listener(new Error('its port was closed or received an unreadable message'));
      port.addEventListener('close', fail, { once: true });
      port.addEventListener('messageerror', fail, { once: true });
      port.start();
    },
    async terminate() {
      port.close();
    },
  };
}
