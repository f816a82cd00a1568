import type { Activation, Hooks } from '@headwise/core';
import { deferred, HookRunner, type RunningTask } from '@headwise/core/internal';
import type { Remote } from 'comlink';
import { WorkerError } from '../errors.ts';
import type { ActivationMessage, CallHeader, ShardApi, ShardSpan } from '../protocol.ts';
import type { Outcome } from '../wire/outcome.ts';
import { CallHooks } from './call-hooks.ts';
import type { ShardWorker } from './shard-worker.ts';
import type { WorkerSpan } from './shards-options.ts';
import { checkSpans } from './spans.ts';
import type { SumBuffers } from './sum-buffers.ts';
import type { WorkerPool } from './worker-pool.ts';

/** Time in which a worker has to stop a cancelled call. Half a block of the largest batch takes far less. */
const CANCEL_TIMEOUT_MS = 30_000;

/** A request to all workers of a pool. `A` is the response of one worker, `R` the combined result. */
export interface ShardRequest<A, R> {
  readonly hooks?: Hooks | undefined;
  readonly record?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Floats of the largest partial sum; 0 if the shards sum nothing. */
  readonly sumLength: number;
  send(api: Remote<ShardApi>, header: CallHeader, worker: ShardWorker): Promise<Outcome<A>>;
  /** Whether the response of a shard has the expected form. */
  isValid(response: unknown, shard: number): response is A;
  /** `responses` are in the order of the shards. */
  combine(responses: readonly A[], recorded: ReadonlyMap<string, Activation>): R;
}

/**
 * One request that runs on all workers of a pool. `result` rejects at once when the signal is aborted, a hook throws or a worker fails. The
 * other workers are then told to cancel; `settled` resolves when they have stopped and the next call may start.
 */
export class ShardCall<A, R> implements RunningTask<R> {
  readonly number: number;
  readonly result: Promise<R>;
  readonly settled: Promise<void>;
  readonly #pool: WorkerPool;
  readonly #sums: SumBuffers | undefined;
  readonly #request: ShardRequest<A, R>;
  readonly #outcome = deferred<R>();
  readonly #hookRunner: HookRunner;
  readonly #hooks: CallHooks;
  readonly #onSpan: ((span: WorkerSpan) => void) | undefined;
  /** Workers that run the call. (The pool may have replaced one by the time that it is found to have failed.) */
  #workers: readonly ShardWorker[] = [];
  /** Workers that have not responded yet. */
  readonly #running = new Set<ShardWorker>();
  /** Whether `result` has settled. */
  #finished = false;

  constructor(
    number: number,
    pool: WorkerPool,
    sums: SumBuffers | undefined,
    request: ShardRequest<A, R>,
    onSpan?: (span: WorkerSpan) => void,
  ) {
    const { hooks = {}, record = [], signal } = request;
    this.number = number;
    this.#pool = pool;
    this.#sums = sums;
    this.#request = request;
    this.#hookRunner = new HookRunner(hooks, record);
    this.#hooks = new CallHooks(this.#hookRunner, (error) => this.#fail(error));
    this.result = this.#outcome.promise;
    const abort = () => this.#fail(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    this.#onSpan = onSpan;
    const header = {
      call: number,
      hooked: Object.keys(hooks),
      recorded: record,
      cancellable: signal !== undefined,
      timed: onSpan !== undefined,
    };
    this.settled = this.#run(header).finally(() => signal?.removeEventListener('abort', abort));
  }

  /** Handles a worker's report of an activation. Resolves to its replacement, if any. */
  async handleActivation(shard: number, activation: ActivationMessage): Promise<Float32Array | undefined> {
    try {
      return await this.#hooks.handle(activation);
    } catch (error) {
      if (error instanceof WorkerError && error.reason === 'invalid-message')
        this.#workers[shard]?.fail(error);
      throw error;
    }
  }

  /** Passes on what a worker did. */
  handleSpans(shard: number, spans: readonly ShardSpan[]): null {
    const worker = this.#workers[shard]!;
    try {
      checkSpans(spans);
    } catch (error) {
      if (error instanceof WorkerError) worker.fail(error);
      throw error;
    }
    try {
      for (const { layer, part, start, end } of spans) {
        const { timeOrigin } = performance;
        const times = { start: start - timeOrigin, end: end - timeOrigin };
        this.#onSpan?.({ worker: worker.number.index, layer, part, ...times });
      }
    } catch (error) {
      this.#fail(error);
    }
    return null;
  }

  async #run(header: CallHeader): Promise<void> {
    try {
      this.#workers = [...(await this.#pool.ready())];
      if (this.#finished) return;
      const { sumLength } = this.#request;
      const sums = sumLength > 0 ? this.#sums : undefined;
      sums?.prepare(sumLength);
      const responses = await Promise.all(
        this.#workers.map((worker) => this.#send(worker, { ...header, ...sums?.headerFor(worker) })),
      );
      if (this.#finished) return;
      this.#hookRunner.assertAllMatched();
      const result = this.#request.combine(responses as A[], this.#hookRunner.recorded);
      this.#finished = true;
      this.#outcome.resolve(result);
    } catch (error) {
      this.#fail(error);
    }
  }

  async #send(worker: ShardWorker, header: CallHeader): Promise<A | undefined> {
    const { index } = worker.number;
    this.#running.add(worker);
    try {
      const response: unknown = await worker.call((api) => this.#request.send(api, header, worker));
      if (this.#request.isValid(response, worker.shard.index)) return response;
      throw new WorkerError('invalid-message', 'it sent a response of unexpected form', { worker: index });
    } catch (error) {
      this.#fail(withWorker(error, index));
      return undefined;
    } finally {
      this.#running.delete(worker);
    }
  }

  /** Rejects `result` with the first error and cancels the call; later errors are consequences of the first and are ignored. */
  #fail(error: unknown): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#hooks.end();
    this.#outcome.reject(error);
    if (error instanceof WorkerError && error.worker !== undefined)
      this.#workers.find(({ number }) => number.index === error.worker)?.fail(error);
    this.#sums?.cancel();
    for (const worker of this.#running) worker.cancel(this.number);
    if (this.#running.size > 0) this.#startCancelTimeout();
  }

  #startCancelTimeout(): void {
    const onTimeout = () => {
      for (const worker of this.#running)
        worker.fail(new WorkerError('stuck', `it did not stop a cancelled call in ${CANCEL_TIMEOUT_MS} ms`));
    };
    const timer = setTimeout(onTimeout, CANCEL_TIMEOUT_MS);
    void this.settled.finally(() => clearTimeout(timer));
  }
}

/** Adds the index of the worker to a `WorkerError` that means that the worker has to be replaced. Returns other errors unchanged. */
function withWorker(error: unknown, worker: number): unknown {
  if (!(error instanceof WorkerError) || error.worker !== undefined || error.reason === 'ended') return error;
  return new WorkerError(error.reason, error.message, { worker, cause: error });
}
