import { type Activation, HookRunner, type Hooks } from '@headwise/core';
import type { Remote } from 'comlink';
import { deferred } from '../deferred.ts';
import { WorkerError } from '../errors.ts';
import type { CallHead, ShardApi, ShownActivation } from '../protocol.ts';
import type { Outcome } from '../wire/outcome.ts';
import type { Begun } from './call-queue.ts';
import { HookTable } from './hook-table.ts';
import type { ShardWorker } from './shard-worker.ts';
import type { SumBuffers } from './sum-buffers.ts';
import type { WorkerPool } from './worker-pool.ts';

/** How long workers may take to end a call that they were told to end. Half a block of the largest batch takes far less. */
const PATIENCE_MS = 30_000;

/** What a call asks of every worker of a crew, and what it makes of their answers. */
export interface ShardRequest<A, R> {
  readonly hooks?: Hooks | undefined;
  readonly record?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Floats of the largest part that the shards add up; 0 if they add up nothing. */
  readonly sumLength: number;
  send(api: Remote<ShardApi>, head: CallHead, worker: ShardWorker): Promise<Outcome<A>>;
  /** Whether an answer can be what this shard was asked for. */
  isAnswer(answer: unknown, shard: number): answer is A;
  /** `answers` are in the order of shards. */
  combine(answers: readonly A[], recorded: ReadonlyMap<string, Activation>): R;
}

/**
 * One call over all workers of a crew. Its caller hears at once of an abort, of what a hook throws, and of the first worker that fails; the
 * others are told to end, and the next call begins when they have.
 */
export class ShardCall<A, R> implements Begun<R> {
  readonly number: number;
  readonly result: Promise<R>;
  readonly settled: Promise<void>;
  readonly #crew: WorkerPool;
  readonly #sums: SumBuffers | undefined;
  readonly #request: ShardRequest<A, R>;
  readonly #outcome = deferred<R>();
  readonly #watch: HookRunner;
  readonly #table: HookTable;
  /** Those that the call runs on. By the time that one is blamed, another may be in its place. */
  #workers: readonly ShardWorker[] = [];
  /** Those that have not answered yet. */
  readonly #running = new Set<ShardWorker>();
  #over = false;

  constructor(number: number, crew: WorkerPool, sums: SumBuffers | undefined, request: ShardRequest<A, R>) {
    const { hooks = {}, record = [], signal } = request;
    this.number = number;
    this.#crew = crew;
    this.#sums = sums;
    this.#request = request;
    this.#watch = new HookRunner(hooks, record);
    this.#table = new HookTable(this.#watch, (error) => this.#fail(error));
    this.result = this.#outcome.promise;
    const abort = () => this.#fail(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    const head = { call: number, hooked: Object.keys(hooks), recorded: record };
    this.settled = this.#run(head).finally(() => signal?.removeEventListener('abort', abort));
  }

  /** Answers a worker that shows an activation. */
  async show(shard: number, activation: ShownActivation): Promise<Float32Array | undefined> {
    try {
      return await this.#table.show(activation);
    } catch (error) {
      if (error instanceof WorkerError && error.reason === 'rubbish') this.#workers[shard]?.fail(error);
      throw error;
    }
  }

  async #run(head: CallHead): Promise<void> {
    try {
      this.#workers = [...(await this.#crew.ready())];
      if (this.#over) return;
      const { sumLength } = this.#request;
      const sums = sumLength > 0 ? this.#sums : undefined;
      sums?.prepare(sumLength);
      const answers = await Promise.all(
        this.#workers.map((worker) => this.#ask(worker, { ...head, ...sums?.newTo(worker) })),
      );
      if (this.#over) return;
      this.#watch.assertAllMatched();
      const result = this.#request.combine(answers as A[], this.#watch.recorded);
      this.#over = true;
      this.#outcome.resolve(result);
    } catch (error) {
      this.#fail(error);
    }
  }

  async #ask(worker: ShardWorker, head: CallHead): Promise<A | undefined> {
    const { index } = worker.number;
    this.#running.add(worker);
    try {
      const answer: unknown = await worker.call((api) => this.#request.send(api, head, worker));
      if (this.#request.isAnswer(answer, worker.shard.index)) return answer;
      throw new WorkerError('rubbish', 'it sent something else than it was asked for', { worker: index });
    } catch (error) {
      this.#fail(blame(error, index));
      return undefined;
    } finally {
      this.#running.delete(worker);
    }
  }

  /** The first failure is the one that counts: others follow from it. */
  #fail(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#table.end();
    this.#outcome.reject(error);
    if (error instanceof WorkerError && error.worker !== undefined)
      this.#workers.find(({ number }) => number.index === error.worker)?.fail(error);
    this.#sums?.cancel();
    for (const worker of this.#running) worker.cancel(this.number);
    if (this.#running.size > 0) this.#endStuck();
  }

  #endStuck(): void {
    const stuck = () => {
      for (const worker of this.#running)
        worker.fail(new WorkerError('stuck', 'it did not end a call that was to be ended'));
    };
    const timer = setTimeout(stuck, PATIENCE_MS);
    void this.settled.finally(() => clearTimeout(timer));
  }
}

/** A worker that ran out of memory is of no more use, since its memory never shrinks: the error says which it was. */
function blame(error: unknown, worker: number): unknown {
  if (!(error instanceof WorkerError) || error.worker !== undefined || error.reason === 'ended') return error;
  return new WorkerError(error.reason, error.message, { worker, cause: error });
}
