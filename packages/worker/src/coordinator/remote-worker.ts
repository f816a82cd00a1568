import { expose, type Remote, wrap } from 'comlink';
import { platform } from '#platform';
import type { ShardEndpoint } from '../endpoint.ts';
import { WorkerError } from '../errors.ts';
import { filterCalls, filterResponses } from '../wire/message-filter.ts';
import { type Outcome, unwrap } from '../wire/outcome.ts';
import { release } from '../wire/release.ts';
import type { StartApi, StartPorts } from '../wire/start.ts';

type Reject = (error: Error) => void;

/** Default of the option `startTimeout` in milliseconds. */
export const START_TIMEOUT = 30_000;

/** The longest time of timers: JavaScript runs those with more at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** A worker's place among those of a model. */
export interface WorkerNumber {
  readonly index: number;
  readonly count: number;
}

/** How a worker is started. */
export interface RemoteWorkerOptions {
  readonly endpoint: ShardEndpoint;
  readonly number: WorkerNumber;
  /** The first message, with the ports added to it, and the other ports that it transfers. */
  readonly message: object;
  readonly transfer?: readonly MessagePort[];
  /** The functions that the worker may call. */
  readonly exposed: object;
  readonly exposedNames: readonly string[];
  readonly onFailure: (error: WorkerError) => void;
  /** Milliseconds after which a worker that has not answered counts as failed. */
  readonly startTimeout?: number | undefined;
}

/** Time for the runtime to report why a worker ended, after its ports have closed. */
const EXIT_REPORT_MS = 50;

/**
 * A worker, as the main thread sees it. Tracks pending calls, because comlink leaves those of a worker that died pending forever: when the
 * worker fails, all of them reject at once and the worker is terminated.
 */
export class RemoteWorker<Api extends StartApi> {
  /** The worker's number in errors. */
  readonly number: WorkerNumber;
  readonly #api: Remote<Api>;
  readonly #endpoint: ShardEndpoint;
  readonly #ports: readonly MessagePort[];
  readonly #pending = new Set<Reject>();
  readonly #onFailure: (error: WorkerError) => void;
  #error: Error | undefined;
  #terminated: Promise<void> | undefined;

  constructor(options: RemoteWorkerOptions) {
    const { endpoint, number, message, transfer = [], exposed, exposedNames, onFailure } = options;
    this.number = number;
    this.#endpoint = endpoint;
    this.#onFailure = onFailure;
    const [toWorker, toCoordinator] = [new MessageChannel(), new MessageChannel()];
    this.#ports = [toWorker.port1, toCoordinator.port1];
    const onProtocolError = (description: string) =>
      this.fail(new WorkerError('invalid-message', `it sent ${description}`));
    expose(exposed, filterCalls(toCoordinator.port1, exposedNames, onProtocolError));
    this.#api = wrap<Api>(filterResponses(toWorker.port1, onProtocolError));
    const onDeath = (cause: Error) => this.fail(new WorkerError(faultOf(cause), cause.message, { cause }));
    endpoint.onFailure(onDeath);
    // A custom endpoint may not detect the end of its worker, but in most runtimes the worker's ports close with it.
    toWorker.port1.addEventListener('close', () => {
      if (!this.#error) setTimeout(() => onDeath(new Error('it closed its port')), EXIT_REPORT_MS);
    });
    for (const port of this.#ports) platform.unref(port);
    const ports: StartPorts = { control: toWorker.port2, coordinator: toCoordinator.port2 };
    try {
      endpoint.start({ ...message, ...ports }, [ports.control, ports.coordinator, ...transfer]);
    } catch (cause) {
      onDeath(cause as Error);
    }
    this.#limitStart(options.startTimeout);
  }

  /** Fails the worker if it does not answer in time. Only the start has a limit: computations take as long as they take. */
  #limitStart(timeout = START_TIMEOUT): void {
    if (this.#error || timeout > MAX_TIMER_MS) return;
    const message = `it did not answer within ${timeout} ms of its start (startTimeout); does its script call serveShard or serveTraining?`;
    const timer = setTimeout(() => this.fail(new WorkerError('silent', message)), timeout);
    this.call((api) => (api as Remote<StartApi>).ping())
      .catch(() => {})
      .finally(() => clearTimeout(timer));
  }

  /** Why the worker failed or was terminated. */
  get error(): Error | undefined {
    return this.#error;
  }

  /** Calls a function of the worker. Rejects with the error that the function throws, or with `WorkerError` when the worker fails first. */
  call<T>(send: (api: Remote<Api>) => Promise<Outcome<T>>): Promise<T> {
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

  /** Calls a function without a result. Does nothing if the worker has failed. */
  send(call: (api: Remote<Api>) => Promise<void>): void {
    if (!this.#error) void call(this.#api).catch(() => {});
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
    if (!this.#terminated) {
      for (const port of this.#ports) port.close();
      release(this.#api);
      this.#terminated = this.#endpoint.terminate();
    }
    return this.#terminated;
  }
}

function faultOf(cause: Error): 'memory' | 'died' {
  return (cause as { code?: unknown }).code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'memory' : 'died';
}
