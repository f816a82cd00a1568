import { setTimeout as sleep } from 'node:timers/promises';
import { loadErrorOf, RequestError, requestErrorOf } from '../errors.ts';
import type {
  EmbedResult,
  LoadedModel,
  Outcome,
  PlainError,
  ResultOf,
  ThreadStart,
  Work,
  WorkResult,
} from '../protocol.ts';
import { takeBatch } from './batch.ts';
import { clientGone, Job, type JobCall } from './job.ts';
import { ModelThread, type ThreadEvents } from './model-thread.ts';
import { joinParts, partsOf } from './parts.ts';

/** What a pool tells about its work. */
export interface PoolObserver {
  /** Requests are given to a thread; each waited so many seconds. */
  onBatch(waited: readonly number[]): void;
  /** A thread has ended, or its replacement could not start; `retried` of its requests are computed again. */
  onThreadExit(error: PlainError, retried: number): void;
  onThreadReady(): void;
}

export interface PoolOptions {
  /** Name of the model, in errors. */
  readonly id: string;
  readonly start: ThreadStart;
  /** Script of the threads, if it is not this package's. */
  readonly script?: URL;
  readonly workers: number;
  /** Requests that may wait. */
  readonly maxQueue: number;
  readonly observer: PoolObserver;
}

/** Requests and threads of a pool. */
export interface PoolStatus {
  readonly workers: number;
  /** Threads that have loaded the model. */
  readonly ready: number;
  readonly running: number;
  readonly waiting: number;
}

/** A place for a thread. */
interface Slot {
  thread: ModelThread | undefined;
  isReady: boolean;
  jobs: readonly Job[];
  /** When they were given to the thread. */
  startedAt: number;
  /** Threads that could not load the model since the last one that did. */
  failures: number;
  /** Threads that died while they loaded it since then: killed, they say nothing about the model. */
  deaths: number;
}

/** How often a request is computed again because its thread died. */
const MAX_RETRIES = 3;
/** Threads that could not load the model, or died while they did, after which a slot counts as gone. */
const MAX_FAILURES = 3;
const MAX_DEATHS = 10;
const MAX_DELAY = 30_000;
const MAX_RETRY_AFTER = 60;

/**
 * The threads of a model, each with a copy of it, and the requests that wait for them. A thread that ends is replaced, and its requests are computed again by
 * another, up to three times.
 */
export class ModelPool {
  readonly #options: PoolOptions;
  readonly #slots: readonly Slot[];
  readonly #queue: Job[] = [];
  readonly #closing = new AbortController();
  #model: LoadedModel | undefined;
  /** Seconds of a thread for a request, recently. */
  #secondsPerJob = 0.1;
  /** Requests that are not answered. */
  #accepted = 0;
  #onIdle: (() => void) | undefined;

  private constructor(options: PoolOptions) {
    this.#options = options;
    this.#slots = Array.from({ length: options.workers }, () => ({
      thread: undefined,
      isReady: false,
      jobs: [],
      startedAt: 0,
      failures: 0,
      deaths: 0,
    }));
  }

  /** Starts the threads and loads the model into each. Rejects with the error of the first that cannot load it, or with the signal's reason. */
  static async start(options: PoolOptions, signal?: AbortSignal): Promise<ModelPool> {
    signal?.throwIfAborted();
    const pool = new ModelPool(options);
    const abort = () => void pool.terminate();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      await Promise.all(pool.#slots.map((slot) => pool.#spawn(slot)));
      return pool;
    } catch (error) {
      await pool.terminate();
      signal?.throwIfAborted();
      throw loadErrorOf(error as PlainError);
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /** What the model can do. */
  get model(): LoadedModel {
    return this.#model!;
  }

  get status(): PoolStatus {
    return {
      workers: this.#slots.length,
      ready: this.#slots.filter(({ isReady }) => isReady).length,
      running: this.#slots.reduce((sum, { jobs }) => sum + jobs.length, 0),
      waiting: this.#queue.length,
    };
  }

  /**
   * Computes a request when its turn has come. Rejects with `RequestError`, at once if too many wait (429) or no thread can start (503), and if
   * the client goes.
   */
  async submit<W extends Work>(work: W, call: JobCall = {}): Promise<ResultOf<W>> {
    const { maxQueue, id } = this.#options;
    if (this.#queue.length >= maxQueue) {
      throw new RequestError(429, `${id}: ${maxQueue} requests are waiting, which is the limit (maxQueue)`, {
        apiCode: 'queue_full',
        retryAfter: this.#retryAfter(),
      });
    }
    this.#accepted++;
    try {
      // A thread answers with the kind that it was asked for.
      return (await this.#compute(work, call)) as ResultOf<W>;
    } finally {
      if (--this.#accepted === 0) this.#onIdle?.();
    }
  }

  async #compute(work: Work, call: JobCall): Promise<WorkResult> {
    if (work.kind !== 'embed') return this.#enqueue(work, call);
    const results: EmbedResult[] = [];
    for (const part of partsOf(work)) results.push((await this.#enqueue(part, call)) as EmbedResult);
    return joinParts(results);
  }

  async #enqueue(work: Work, call: JobCall): Promise<WorkResult> {
    // Since a part before.
    if (call.signal?.aborted) throw clientGone();
    if (this.#isDown()) throw this.#unavailable();
    const job = new Job(work, call, (aborted) => this.#onAbort(aborted));
    this.#queue.push(job);
    this.#dispatch();
    return job.result;
  }

  /** Resolves when all accepted requests are answered. */
  async drained(): Promise<void> {
    while (this.#accepted > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
  }

  /** Ends the threads at once. Requests that are left reject. */
  async terminate(): Promise<void> {
    this.#closing.abort();
    this.#rejectWaiting();
    await Promise.all(this.#slots.map(({ thread }) => thread?.terminate()));
  }

  /** Starts a thread. Resolves when it has loaded the model, rejects with the {@link PlainError} that it ended with. */
  #spawn(slot: Slot): Promise<void> {
    return new Promise((resolve, reject) => {
      const { id, start, script } = this.#options;
      const events: ThreadEvents = {
        onReady: (model) => {
          this.#model ??= model;
          slot.isReady = true;
          slot.failures = 0;
          slot.deaths = 0;
          resolve();
          this.#dispatch();
        },
        onPiece: (piece) => {
          if (slot.jobs[0]?.receive(piece) === false) slot.thread?.cancel();
        },
        onDone: (outcomes) => this.#onDone(slot, outcomes),
        onExit: (error) => {
          const wasReady = slot.isReady;
          slot.thread = undefined;
          slot.isReady = false;
          if (wasReady) this.#onDeath(slot, error);
          else reject(error);
        },
      };
      slot.thread = new ModelThread(id, start, events, script);
    });
  }

  /** Starts threads in a slot until one has loaded the model. */
  async #replace(slot: Slot): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await this.#spawn(slot);
        this.#options.observer.onThreadReady();
        return;
      } catch (error) {
        if (signal.aborted) return;
        if ((error as PlainError).code === 'ERR_WORKER') slot.deaths++;
        else slot.failures++;
        this.#options.observer.onThreadExit(error as PlainError, 0);
        if (this.#isDown()) this.#rejectWaiting();
        const doublings = slot.failures + Math.max(0, slot.deaths - MAX_DEATHS);
        const delay = Math.min(MAX_DELAY, 500 * 2 ** doublings);
        // Aborted when the pool closes.
        await sleep(delay, undefined, { signal, ref: false }).catch(() => {});
      }
    }
  }

  #onDeath(slot: Slot, error: PlainError): void {
    const left = slot.jobs.filter((job) => !job.isSettled);
    slot.jobs = [];
    const again = this.#closing.signal.aborted ? [] : left.filter(({ deaths }) => deaths < MAX_RETRIES);
    for (const job of again) job.restart();
    this.#queue.unshift(...again);
    for (const job of left) if (!again.includes(job)) job.reject(requestErrorOf(error));
    if (!this.#closing.signal.aborted) {
      this.#options.observer.onThreadExit(error, again.length);
      void this.#replace(slot);
    }
    this.#dispatch();
  }

  #dispatch(): void {
    for (const slot of this.#slots) {
      if (!slot.isReady || slot.jobs.length > 0 || this.#queue.length === 0) continue;
      const batch = takeBatch(this.#queue);
      const now = performance.now();
      slot.jobs = batch;
      slot.startedAt = now;
      this.#options.observer.onBatch(batch.map(({ acceptedAt }) => (now - acceptedAt) / 1000));
      slot.thread!.run(batch.map(({ work }) => work));
    }
  }

  #onDone(slot: Slot, outcomes: readonly Outcome[]): void {
    const { jobs, startedAt } = slot;
    slot.jobs = [];
    const seconds = (performance.now() - startedAt) / 1000 / jobs.length;
    this.#secondsPerJob += (seconds - this.#secondsPerJob) / 8;
    for (const [index, job] of jobs.entries()) {
      const outcome = outcomes[index]!;
      if ('result' in outcome) job.resolve(outcome.result);
      else job.reject(requestErrorOf(outcome.error));
    }
    this.#dispatch();
  }

  /** The client has gone: a waiting request leaves the queue, a running task ends when all its clients have gone. */
  #onAbort(job: Job): void {
    const at = this.#queue.indexOf(job);
    if (at >= 0) this.#queue.splice(at, 1);
    const slot = this.#slots.find(({ jobs }) => jobs.includes(job));
    if (slot?.jobs.every(({ isSettled }) => isSettled)) slot.thread?.cancel();
    this.#dispatch();
  }

  /** Whether no thread is there, and none could be started for some time. */
  #isDown(): boolean {
    return this.#closing.signal.aborted || this.#slots.every(isGone);
  }

  #rejectWaiting(): void {
    for (const job of this.#queue.splice(0)) job.reject(this.#unavailable());
    this.#dispatch();
  }

  #unavailable(): RequestError {
    return new RequestError(503, `${this.#options.id}: no thread of this model can start; see the log`, {
      apiCode: 'model_unavailable',
      retryAfter: MAX_DELAY / 1000,
    });
  }

  /** Seconds until a full queue has been computed, about. */
  #retryAfter(): number {
    const seconds = (this.#secondsPerJob * (this.#queue.length + 1)) / this.#slots.length;
    return Math.min(MAX_RETRY_AFTER, Math.max(1, Math.ceil(seconds)));
  }
}

const isGone = ({ failures, deaths }: Slot): boolean => failures >= MAX_FAILURES || deaths >= MAX_DEATHS;
