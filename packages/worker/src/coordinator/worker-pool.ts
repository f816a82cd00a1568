import { deferred } from '@headwise/core/internal';
import type { ShardEndpoint } from '../endpoint.ts';
import { WorkerError } from '../errors.ts';
import type { CoordinatorApi, LoadedShard, LoadMessage, Transport } from '../protocol.ts';
import { ShardWorker } from './shard-worker.ts';
import type { WorkerNumbering } from './shards-options.ts';

export interface WorkerPoolOptions {
  readonly count: number;
  readonly transport: Transport;
  /** Sent to every shard. */
  readonly load: LoadMessage;
  readonly spawn: () => ShardEndpoint;
  readonly coordinator: CoordinatorApi;
  /** See `WorkerOptions`. */
  readonly startTimeout?: number | undefined;
  /** Default: 0 to `count - 1`. */
  readonly numbering?: WorkerNumbering;
}

/** Attempts to start replacements, before the waiting calls reject. */
const MAX_ATTEMPTS = 3;

/** The workers of one sharded model. A worker that fails is replaced by a new one, which loads the same shard of the weights. */
export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #workers: ShardWorker[] = [];
  /** By shard: resolves when its worker has loaded the weights. */
  readonly #loading: Promise<void>[] = [];
  /** Workers that are being terminated. */
  readonly #terminating = new Set<Promise<void>>();
  #replacing: Promise<void> | undefined;
  /** Set when the pool is terminated. */
  #error: Error | undefined;
  /** By shard: what its worker has loaded. */
  readonly loaded: LoadedShard[] = [];

  private constructor(options: WorkerPoolOptions) {
    this.#options = options;
  }

  /** Starts all workers and loads the weights. On failure or abort, all workers are terminated. */
  static async start(options: WorkerPoolOptions, signal?: AbortSignal): Promise<WorkerPool> {
    signal?.throwIfAborted();
    const pool = new WorkerPool(options);
    const aborted = deferred<never>();
    const abort = () => aborted.reject(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      await Promise.race([
        pool.#start(Array.from({ length: options.count }, (_, index) => index)),
        aborted.promise,
      ]);
      return pool;
    } catch (error) {
      await pool.terminate(new WorkerError('ended', 'the workers were stopped because loading failed'));
      throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  get size(): number {
    return this.#options.count;
  }

  /** Resolves to the workers when all of them are loaded. Rejects when a failed one cannot be replaced; the next call tries again. */
  async ready(): Promise<readonly ShardWorker[]> {
    while (!this.#error && (this.#replacing || this.#failed().length > 0)) {
      this.#replacing ??= this.#replaceFailed().finally(() => {
        this.#replacing = undefined;
      });
      await this.#replacing;
    }
    if (this.#error) throw this.#error;
    return this.#workers;
  }

  /** Terminates all workers. Pending and later calls reject with `error`. Resolves when the workers have ended. */
  async terminate(error: Error): Promise<void> {
    this.#error ??= error;
    for (const worker of this.#workers) this.#terminateWorker(worker, this.#error);
    await Promise.all(this.#terminating);
  }

  #failed(): number[] {
    return [...this.#workers.keys()].filter((index) => this.#workers[index]!.error);
  }

  async #replaceFailed(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#start(this.#failed());
        return;
      } catch (error) {
        if (this.#error) throw this.#error;
        if (attempt === MAX_ATTEMPTS) throw this.#replacementError(error);
      }
    }
  }

  /** Starts the workers of these shards, connects them to the others, and loads their weights. */
  async #start(indices: readonly number[]): Promise<void> {
    const { count, transport } = this.#options;
    const ports = transport === 'messages' ? createPeerPorts(count, indices) : [];
    try {
      for (const index of indices) this.#spawn(index, ports[index] ?? []);
    } catch (error) {
      // Terminates those that were started before the failure: they have not been told to load.
      for (const index of indices)
        if (this.#workers[index]) this.#terminateWorker(this.#workers[index], error as Error);
      throw error;
    }
    for (const worker of this.#workers) {
      if (indices.includes(worker.shard.index)) continue;
      for (const index of indices) {
        const port = ports[worker.shard.index]?.[index];
        if (port) worker.connect(index, port);
      }
    }
    for (const index of indices) this.#loading[index] = this.#load(index);
    // Of all shards: after a failed attempt, workers of that attempt that did not fail may still be loading.
    await Promise.all(this.#loading);
  }

  #spawn(index: number, peers: readonly (MessagePort | null)[]): void {
    const { count, transport, spawn, coordinator, numbering, startTimeout } = this.#options;
    const { first, count: total } = numbering ?? { first: 0, count };
    const number = { index: first + index, count: total };
    const start = { shard: { index, count }, transport, peers };
    const previous = this.#workers[index];
    if (previous) this.#terminateWorker(previous, new WorkerError('died', 'it was replaced'));
    try {
      this.#workers[index] = new ShardWorker(
        start,
        number,
        spawn(),
        coordinator,
        () => this.#onFailure(),
        startTimeout,
      );
    } catch (cause) {
      const message = `worker ${number.index} of ${total} could not be started: ${messageOf(cause)}`;
      throw new WorkerError('died', message, { worker: number.index, cause });
    }
  }

  async #load(index: number): Promise<void> {
    const worker = this.#workers[index]!;
    try {
      this.loaded[index] = await worker.call((api) => api.load(this.#options.load));
    } catch (error) {
      // A worker without weights is unusable, whatever the reason.
      this.#terminateWorker(worker, error as Error);
      throw error;
    }
  }

  /** The error of calls that waited for a replacement: a `WorkerError`, since an error in loading is not the caller's. */
  #replacementError(cause: unknown): WorkerError {
    if (cause instanceof WorkerError) return cause;
    const { index = 0, count } = this.#workers.find(({ error }) => error === cause)?.number ?? {};
    const message = `worker ${index} of ${count} failed and could not be replaced: ${messageOf(cause)}`;
    return new WorkerError('died', message, { worker: index, cause });
  }

  #onFailure(): void {
    // During loading, `#start` rejects. Afterwards, a failed worker is replaced at once rather than at the next call.
    if (this.#error || this.#replacing || this.loaded.length < this.size) return;
    this.ready().catch(() => {});
  }

  #terminateWorker(worker: ShardWorker, error: Error): void {
    const terminated = worker.terminate(error).finally(() => this.#terminating.delete(terminated));
    this.#terminating.add(terminated);
  }
}

/** Message channels between all pairs of `count` shards of which at least one is in `newShards`: `result[a][b]` is the port of a to b. */
function createPeerPorts(count: number, newShards: readonly number[]): (MessagePort | null)[][] {
  const ports: (MessagePort | null)[][] = Array.from({ length: count }, () => Array(count).fill(null));
  for (let a = 0; a < count; a++) {
    for (let b = a + 1; b < count; b++) {
      if (!newShards.includes(a) && !newShards.includes(b)) continue;
      const { port1, port2 } = new MessageChannel();
      ports[a]![b] = port1;
      ports[b]![a] = port2;
    }
  }
  return ports;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
