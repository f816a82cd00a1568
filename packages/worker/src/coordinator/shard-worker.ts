import type { Shard } from '@headwise/core';
import { expose, type Remote, transfer, wrap } from 'comlink';
import { platform } from '#platform';
import type { ShardEndpoint } from '../endpoint.ts';
import { WorkerError } from '../errors.ts';
import { COORDINATOR_CALLS, type CoordinatorApi, type ShardApi, type StartMessage } from '../protocol.ts';
import { guardAnswers, guardCalls } from '../wire/guard.ts';
import { type Outcome, unwrap } from '../wire/outcome.ts';

type Reject = (error: Error) => void;

/** How long a runtime may take to say why a worker died after its ports have closed. */
const LAST_WORDS_MS = 50;

/**
 * A worker as the main thread sees it. Every call has an entry in a table until it is answered, because comlink alone would leave
 * the calls of a worker that dies pending for ever: when it fails, all of them reject at once, and it is ended for good.
 */
export class ShardWorker {
  readonly shard: Shard;
  /** What errors call it: where there are several crews, not the index of its shard. */
  readonly number: { readonly index: number; readonly count: number };
  readonly #endpoint: ShardEndpoint;
  readonly #api: Remote<ShardApi>;
  readonly #ports: readonly MessagePort[];
  readonly #pending = new Set<Reject>();
  readonly #onFailure: (error: WorkerError) => void;
  #error: Error | undefined;
  #gone: Promise<void> | undefined;

  constructor(
    start: Pick<StartMessage, 'shard' | 'transport' | 'peers'>,
    number: ShardWorker['number'],
    endpoint: ShardEndpoint,
    coordinator: CoordinatorApi,
    onFailure: (error: WorkerError) => void,
  ) {
    this.shard = start.shard;
    this.number = number;
    this.#endpoint = endpoint;
    this.#onFailure = onFailure;
    const [control, back] = [new MessageChannel(), new MessageChannel()];
    this.#ports = [control.port1, back.port1];
    const rubbish = (what: string) => this.fail(new WorkerError('rubbish', `it sent ${what}`));
    expose(coordinator, guardCalls(back.port1, COORDINATOR_CALLS, rubbish));
    this.#api = wrap<ShardApi>(guardAnswers(control.port1, rubbish));
    const died = (cause: Error) => this.fail(new WorkerError(faultOf(cause), cause.message, { cause }));
    endpoint.onFailure(died);
    // An endpoint of somebody's own may not notice, but in most runtimes a shard's ports close with it.
    control.port1.addEventListener('close', () => {
      if (!this.#error) setTimeout(() => died(new Error('it closed its port')), LAST_WORDS_MS);
    });
    for (const port of this.#ports) platform.unref(port);
    const peers = start.peers.filter((port) => port !== null);
    const message: StartMessage = { ...start, control: control.port2, coordinator: back.port2 };
    try {
      endpoint.start(message, [control.port2, back.port2, ...peers]);
    } catch (cause) {
      died(cause as Error);
    }
  }

  /** Why it failed, if it did. */
  get error(): Error | undefined {
    return this.#error;
  }

  /** Calls the worker. Rejects with the worker's own error, or with a `WorkerError` if it fails first. */
  call<T>(send: (api: Remote<ShardApi>) => Promise<Outcome<T>>): Promise<T> {
    if (this.#error) return Promise.reject(this.#error);
    this.#endpoint.hold?.(true);
    return new Promise<T>((resolve, reject) => {
      this.#pending.add(reject);
      send(this.#api)
        .then((outcome) => resolve(unwrap(outcome)))
        .catch(reject)
        .finally(() => {
          this.#pending.delete(reject);
          if (this.#pending.size === 0 && !this.#error) this.#endpoint.hold?.(false);
        });
    });
  }

  /** Tells the worker to end a call at its next step. Nothing is awaited: the call itself will reject. */
  cancel(call: number): void {
    if (!this.#error) void this.#api.cancel(call).catch(() => {});
  }

  /** Brings the port to a shard that took the place of one that failed. */
  connect(index: number, port: MessagePort): void {
    if (!this.#error) void this.#api.connect(index, transfer(port, [port])).catch(() => {});
  }

  /** Gives the worker up: everything that was asked of it rejects, and it is ended. */
  fail(cause: WorkerError): void {
    if (this.#error) return;
    const { index, count } = this.number;
    const message = `worker ${index} of ${count} failed: ${cause.message}`;
    const error = new WorkerError(cause.reason, message, { worker: index, cause: cause.cause ?? cause });
    void this.end(error);
    this.#onFailure(error);
  }

  /** Ends the worker. What was asked of it rejects with `error`. Resolves when it is gone. */
  end(error: Error): Promise<void> {
    this.#error ??= error;
    for (const reject of this.#pending) reject(this.#error);
    this.#pending.clear();
    for (const port of this.#ports) port.close();
    this.#gone ??= this.#endpoint.terminate();
    return this.#gone;
  }
}

function faultOf(cause: Error): 'memory' | 'died' {
  return (cause as { code?: unknown }).code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'memory' : 'died';
}
