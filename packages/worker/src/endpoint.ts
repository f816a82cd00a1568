/**
 * Where a shard runs: a worker, or whatever else can be handed the first message and runs `serveShard` on it (see
 * `@headwise/worker/shard`). Everything after goes through the ports that come with that message.
 */
export interface ShardEndpoint {
  /** Hands over the first message and the ports in it. */
  start(message: object, transfer: readonly MessagePort[]): void;
  /** Calls back, at most once, when the shard ends without having been asked to, or could not be started. */
  onFailure(listener: (error: Error) => void): void;
  /** While held, a process waits for the shard; otherwise it may end. Only where there are processes. */
  hold?(held: boolean): void;
  /** Ends the shard; resolves when it is gone. May be called again. */
  terminate(): Promise<void>;
}

/** A shard at the other end of a port: an iframe's, a shared worker's, a worker that an app starts itself. */
export function portEndpoint(port: MessagePort): ShardEndpoint {
  return {
    start: (message, transfer) => port.postMessage(message, [...transfer]),
    onFailure(listener) {
      const fail = () => listener(new Error('its port was closed or sent what nobody can read'));
      port.addEventListener('close', fail, { once: true });
      port.addEventListener('messageerror', fail, { once: true });
      port.start();
    },
    async terminate() {
      port.close();
    },
  };
}
