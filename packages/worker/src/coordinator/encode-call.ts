import {
  type EncodeOptions,
  type EncodeOutput,
  type EncodeResult,
  type TokenBatch,
  Watch,
} from '@headwise/core';
import { deferred } from '../deferred.ts';
import { WorkerError } from '../errors.ts';
import type { EncodeMessage, ShownActivation } from '../protocol.ts';
import type { Begun } from './call-queue.ts';
import { areOutputs } from './check-outputs.ts';
import type { Crew } from './crew.ts';
import { HookTable } from './hook-table.ts';
import type { ShardWorker } from './shard-worker.ts';
import type { SumBuffers } from './sum-buffers.ts';

/** How long workers may take to end a call that they were told to end. Half a block of the largest batch takes far less. */
const PATIENCE_MS = 30_000;

/**
 * One call over all workers. Its caller hears at once of an abort, of what a hook throws, and of the first worker that fails; the
 * others are told to end, and the next call begins when they have.
 */
export class EncodeCall implements Begun<EncodeResult> {
  readonly number: number;
  readonly result: Promise<EncodeResult>;
  readonly settled: Promise<void>;
  readonly #crew: Crew;
  readonly #sums: SumBuffers | undefined;
  readonly #outcome = deferred<EncodeResult>();
  readonly #watch: Watch;
  readonly #table: HookTable;
  /** Those that the call runs on. By the time that one is blamed, another may be in its place. */
  #workers: readonly ShardWorker[] = [];
  /** Those that have not answered yet. */
  readonly #running = new Set<ShardWorker>();
  #over = false;

  constructor(
    number: number,
    crew: Crew,
    sums: SumBuffers | undefined,
    batch: TokenBatch,
    hiddenSize: number,
    options: EncodeOptions,
  ) {
    const { outputs, hooks = {}, record = [], signal } = options;
    this.number = number;
    this.#crew = crew;
    this.#sums = sums;
    this.#watch = new Watch(hooks, record);
    this.#table = new HookTable(this.#watch, (error) => this.#fail(error));
    this.result = this.#outcome.promise;
    const abort = () => this.#fail(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    const message = { call: number, batch, outputs, hooked: Object.keys(hooks), recorded: record };
    this.settled = this.#run(message, hiddenSize).finally(() => signal?.removeEventListener('abort', abort));
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

  async #run(message: EncodeMessage, hiddenSize: number): Promise<void> {
    try {
      this.#workers = [...(await this.#crew.ready())];
      if (this.#over) return;
      const { batch } = message;
      this.#sums?.prepare((batch.offsets.at(-1) ?? 0) * hiddenSize);
      const parts = this.#workers.map((worker) =>
        this.#ask(worker, { ...message, ...this.#sums?.newTo(worker) }),
      );
      await Promise.allSettled(parts);
      if (this.#over) return;
      const outputs = await parts[0];
      if (!areOutputs(outputs, batch, message.outputs)) {
        const rubbish = new WorkerError('rubbish', 'it sent something else than it was asked for', {
          worker: 0,
        });
        this.#fail(rubbish);
        return;
      }
      this.#watch.checkAllMatched();
      this.#over = true;
      this.#outcome.resolve({ outputs, recorded: this.#watch.recorded });
    } catch (error) {
      this.#fail(error);
    }
  }

  async #ask(worker: ShardWorker, message: EncodeMessage): Promise<readonly EncodeOutput[] | undefined> {
    this.#running.add(worker);
    try {
      const outputs = await worker.call((api) => api.encode(message));
      if (Array.isArray(outputs)) return outputs;
      throw new WorkerError('rubbish', 'it sent outputs that are none', { worker: worker.shard.index });
    } catch (error) {
      this.#fail(blame(error, worker.shard.index));
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
    if (error instanceof WorkerError && error.worker !== undefined) this.#workers[error.worker]?.fail(error);
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
