import type { Shard } from '@headwise/core';
import { expose, type Remote, wrap } from 'comlink';
import { platform } from '#platform';
import { WorkerError } from '../errors.ts';
import { unwrap } from '../outcome.ts';
import type { CoordinatorApi, Outcome, ShardApi, StartMessage } from '../protocol.ts';

type Reject = (error: Error) => void;

/**
 * A worker as the main thread sees it. Every call has an entry in a table until it is answered, because comlink alone would leave
 * the calls of a worker that dies pending for ever: when it dies, all of them reject.
 */
export class ShardWorker {
  readonly #handle = platform.spawn();
  readonly #api: Remote<ShardApi>;
  readonly #coordinator: MessagePort;
  readonly #control: MessagePort;
  readonly #pending = new Set<Reject>();
  #ended: Error | undefined;

  constructor(
    shard: Shard,
    peers: readonly (MessagePort | null)[],
    coordinator: CoordinatorApi,
    onFailure: Reject,
  ) {
    const control = new MessageChannel();
    const back = new MessageChannel();
    this.#control = control.port1;
    this.#coordinator = back.port1;
    expose(coordinator, back.port1);
    this.#api = wrap<ShardApi>(control.port1);
    platform.unref(control.port1);
    platform.unref(back.port1);
    this.#handle.onFailure((cause) => {
      const error = new WorkerError(`worker ${shard.index} of ${shard.count} died: ${cause.message}`, {
        cause,
      });
      this.#end(error);
      onFailure(error);
    });
    const ports = peers.filter((port) => port !== null);
    const message: StartMessage = { shard, control: control.port2, coordinator: back.port2, peers };
    this.#handle.start(message, [control.port2, back.port2, ...ports]);
  }

  /** Calls the worker. Rejects with the worker's own error, or with a `WorkerError` if it dies first. */
  call<T>(send: (api: Remote<ShardApi>) => Promise<Outcome<T>>): Promise<T> {
    if (this.#ended) return Promise.reject(this.#ended);
    this.#handle.hold(true);
    return new Promise<T>((resolve, reject) => {
      this.#pending.add(reject);
      send(this.#api)
        .then((outcome) => resolve(unwrap(outcome)))
        .catch(reject)
        .finally(() => {
          this.#pending.delete(reject);
          if (this.#pending.size === 0) this.#handle.hold(false);
        });
    });
  }

  /** Tells the worker to end a call at its next step. Nothing is awaited: the call itself will reject. */
  cancel(call: number): void {
    if (!this.#ended) void this.#api.cancel(call).catch(() => {});
  }

  async terminate(): Promise<void> {
    this.#end(new WorkerError('the workers were stopped'));
    await this.#handle.terminate();
  }

  #end(error: Error): void {
    if (this.#ended) return;
    this.#ended = error;
    for (const reject of this.#pending) reject(error);
    this.#pending.clear();
    this.#control.close();
    this.#coordinator.close();
  }
}
