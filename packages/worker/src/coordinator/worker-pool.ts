import { deferred } from '../deferred.ts';
import type { ShardEndpoint } from '../endpoint.ts';
import { WorkerError } from '../errors.ts';
import type { CoordinatorApi, LoadedShard, LoadMessage, Transport } from '../protocol.ts';
import { connectShards } from './mesh.ts';
import { ShardWorker } from './shard-worker.ts';

/** How errors call the workers of a crew that is one of several: `first` and up, of `count`. */
export interface Numbering {
  readonly first: number;
  readonly count: number;
}

export interface CrewOptions {
  readonly count: number;
  readonly transport: Transport;
  /** What every shard loads. */
  readonly load: LoadMessage;
  readonly spawn: () => ShardEndpoint;
  readonly coordinator: CoordinatorApi;
  /** Default: from 0. */
  readonly numbering?: Numbering;
}

/** How often in a row new workers may fail before the calls that wait for them are told. */
const ATTEMPTS = 3;

/** The workers that hold a model together. Whichever fails is replaced by a new one that loads the same share of the weights. */
export class WorkerPool {
  readonly #options: CrewOptions;
  readonly #workers: ShardWorker[] = [];
  /** By place, as the workers: resolves when it has its share of the weights. */
  readonly #loading: Promise<void>[] = [];
  /** Workers that are ending, so that disposing waits for them too. */
  readonly #ending = new Set<Promise<void>>();
  #replacing: Promise<void> | undefined;
  #ended: Error | undefined;
  /** What each shard holds. */
  readonly loaded: LoadedShard[] = [];

  private constructor(options: CrewOptions) {
    this.#options = options;
  }

  /** Starts all workers and has them load. If anything fails, or the signal aborts, all are ended. */
  static async start(options: CrewOptions, signal?: AbortSignal): Promise<WorkerPool> {
    signal?.throwIfAborted();
    const crew = new WorkerPool(options);
    const aborted = deferred<never>();
    const abort = () => aborted.reject(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      await Promise.race([
        crew.#start(Array.from({ length: options.count }, (_, index) => index)),
        aborted.promise,
      ]);
      return crew;
    } catch (error) {
      await crew.end(new WorkerError('ended', 'the workers were stopped because loading failed'));
      throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  get size(): number {
    return this.#options.count;
  }

  /** The workers, all of them ready. Rejects if one that failed can't be replaced; asking again tries again. */
  async ready(): Promise<readonly ShardWorker[]> {
    while (!this.#ended && (this.#replacing || this.#failed().length > 0)) {
      this.#replacing ??= this.#replace().finally(() => {
        this.#replacing = undefined;
      });
      await this.#replacing;
    }
    if (this.#ended) throw this.#ended;
    return this.#workers;
  }

  /** Ends all workers; what was asked of them rejects with `error`. Resolves when they are gone. */
  async end(error: Error): Promise<void> {
    this.#ended ??= error;
    for (const worker of this.#workers) this.#end(worker, this.#ended);
    await Promise.all(this.#ending);
  }

  #failed(): number[] {
    return [...this.#workers.keys()].filter((index) => this.#workers[index]!.error);
  }

  async #replace(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#start(this.#failed());
        return;
      } catch (error) {
        if (this.#ended) throw this.#ended;
        if (attempt === ATTEMPTS) throw this.#notReplaced(error);
      }
    }
  }

  /** Starts workers in these places, connects them with the others, and has them load. */
  async #start(indices: readonly number[]): Promise<void> {
    const { count, transport } = this.#options;
    const ports = transport === 'messages' ? connectShards(count, indices) : [];
    try {
      for (const index of indices) this.#spawn(index, ports[index] ?? []);
    } catch (error) {
      // Those that could be started have not been asked to load.
      for (const index of indices) if (this.#workers[index]) this.#end(this.#workers[index], error as Error);
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
    // Not only of these: where one fails and is started again, those that were started with it may load for longer.
    await Promise.all(this.#loading);
  }

  #spawn(index: number, peers: readonly (MessagePort | null)[]): void {
    const { count, transport, spawn, coordinator } = this.#options;
    const { first, count: of } = this.#options.numbering ?? { first: 0, count };
    const number = { index: first + index, count: of };
    const start = { shard: { index, count }, transport, peers };
    const before = this.#workers[index];
    if (before) this.#end(before, new WorkerError('died', 'it was replaced'));
    try {
      this.#workers[index] = new ShardWorker(start, number, spawn(), coordinator, () => this.#onFailure());
    } catch (cause) {
      const message = `worker ${number.index} of ${of} could not be started: ${messageOf(cause)}`;
      throw new WorkerError('died', message, { worker: number.index, cause });
    }
  }

  async #load(index: number): Promise<void> {
    const worker = this.#workers[index]!;
    try {
      this.loaded[index] = await worker.call((api) => api.load(this.#options.load));
    } catch (error) {
      // Whatever kept it from loading: one without weights is of no use.
      this.#end(worker, error as Error);
      throw error;
    }
  }

  /** The error of calls that waited for a new worker. Why it could not load is not what they did wrong. */
  #notReplaced(cause: unknown): WorkerError {
    if (cause instanceof WorkerError) return cause;
    const { index = 0, count } = this.#workers.find(({ error }) => error === cause)?.number ?? {};
    const message = `worker ${index} of ${count} failed and could not be replaced: ${messageOf(cause)}`;
    return new WorkerError('died', message, { worker: index, cause });
  }

  #onFailure(): void {
    // While loading, whoever waits for it decides what to do. After, a new one is made at once, not only for the next call.
    if (this.#ended || this.#replacing || this.loaded.length < this.size) return;
    this.ready().catch(() => {});
  }

  #end(worker: ShardWorker, error: Error): void {
    const gone = worker.end(error).finally(() => this.#ending.delete(gone));
    this.#ending.add(gone);
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
