import type { Shard } from '@headwise/core/internal';
import { expose, type Remote, transfer, wrap } from 'comlink';
import { platform } from '#platform';
import type { ShardEndpoint } from '../endpoint.ts';
import { WorkerError } from '../errors.ts';
import { COORDINATOR_CALLS, type CoordinatorApi, type ShardApi, type StartMessage } from '../protocol.ts';
import { filterCalls, filterResponses } from '../wire/message-filter.ts';
import { type Outcome, unwrap } from '../wire/outcome.ts';

type Reject = (error: Error) => void;

/** Time for the runtime to report why a worker ended, after its ports have closed. */
const EXIT_REPORT_MS = 50;

/**
 * A worker, as the main thread sees it. Tracks pending calls, because comlink leaves those of a worker that died pending forever: when the
 * worker fails, all of them reject at once and the worker is terminated.
 */
export class ShardWorker {
  readonly shard: Shard;
  /** The worker's number in errors. Differs from the index of its shard where a model has several pools. */
  readonly number: { readonly index: number; readonly count: number };
  readonly #endpoint: ShardEndpoint;
  readonly #api: Remote<ShardApi>;
  readonly #ports: readonly MessagePort[];
  readonly #pending = new Set<Reject>();
  readonly #onFailure: (error: WorkerError) => void;
  #error: Error | undefined;
  #terminated: Promise<void> | undefined;

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
    const [toShard, toCoordinator] = [new MessageChannel(), new MessageChannel()];
    this.#ports = [toShard.port1, toCoordinator.port1];
    const onProtocolError = (description: string) =>
      this.fail(new WorkerError('invalid-message', `it sent ${description}`));
    expose(coordinator, filterCalls(toCoordinator.port1, COORDINATOR_CALLS, onProtocolError));
    this.#api = wrap<ShardApi>(filterResponses(toShard.port1, onProtocolError));
    const onDeath = (cause: Error) => this.fail(new WorkerError(faultOf(cause), cause.message, { cause }));
    endpoint.onFailure(onDeath);
    // A custom endpoint may not detect the end of its shard, but in most runtimes the shard's ports close with it.
    toShard.port1.addEventListener('close', () => {
      if (!this.#error) setTimeout(() => onDeath(new Error('it closed its port')), EXIT_REPORT_MS);
    });
    for (const port of this.#ports) platform.unref(port);
    const peers = start.peers.filter((port) => port !== null);
    const message: StartMessage = {
      ...start,
      control: toShard.port2,
      coordinator: toCoordinator.port2,
    };
    try {
      endpoint.start(message, [toShard.port2, toCoordinator.port2, ...peers]);
    } catch (cause) {
      onDeath(cause as Error);
    }
  }

  /** Why the worker failed or was terminated. */
  get error(): Error | undefined {
    return this.#error;
  }

  /** Calls a function of the worker. Rejects with the error that the function throws, or with `WorkerError` when the worker fails first. */
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

  /** Tells the worker to stop a call at its next step. Does not wait: the call itself rejects. */
  cancel(call: number): void {
    if (!this.#error) void this.#api.cancel(call).catch(() => {});
  }

  /** Sends the port to the shard at `index`, whose worker was replaced. */
  connect(index: number, port: MessagePort): void {
    if (!this.#error) void this.#api.connect(index, transfer(port, [port])).catch(() => {});
  }

  /** Reports the failure of the worker: pending calls reject, and it is terminated. */
  fail(cause: WorkerError): void {
    if (this.#error) return;
    const { index, count } = this.number;
    const message = `worker ${index} of ${count} failed: ${cause.message}`;
    const error = new WorkerError(cause.reason, message, { worker: index, cause: cause.cause ?? cause });
    void this.terminate(error);
    this.#onFailure(error);
  }

  /** Terminates the worker. Pending and later calls reject with `error`. Resolves when the worker has ended. */
  terminate(error: Error): Promise<void> {
    this.#error ??= error;
    for (const reject of this.#pending) reject(this.#error);
    this.#pending.clear();
    for (const port of this.#ports) port.close();
    this.#terminated ??= this.#endpoint.terminate();
    return this.#terminated;
  }
}

function faultOf(cause: Error): 'memory' | 'died' {
  return (cause as { code?: unknown }).code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'memory' : 'died';
}
