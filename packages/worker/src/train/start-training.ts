import { checkOption, checkOptions, LIMITS, type OptionNames, requireOptions } from '@headwise/core/internal';
import type { EvaluationResult, StepReport, TrainResult } from '@headwise/core/train';
import { transfer } from 'comlink';
import { platform } from '#platform';
import { RemoteWorker } from '../coordinator/remote-worker.ts';
import type { ShardEndpoint } from '../endpoint.ts';
import { WorkerError } from '../errors.ts';
import { checkCount, checkStartTimeout } from '../load/options.ts';
import type { WorkerThread } from '../platform/types.ts';
import { TRAIN_COORDINATOR_CALLS, type TrainCoordinatorApi, type TrainWorkerApi } from './protocol.ts';
import { Snapshots, type WorkerCheckpointOptions } from './snapshots.ts';

export interface StartTrainingOptions {
  /**
   * Starts a worker whose script calls `serveTraining`: once for each worker, and again for each replacement of one that failed. Bundlers
   * recognise `() => new Worker(new URL('./train.worker.ts', import.meta.url), { type: 'module' })`.
   */
  readonly spawn: () => WorkerThread;
  /** Number of workers. Each has a copy of the model and computes the gradients of some of a step's batches. Default 1. */
  readonly workers?: number;
  /** Passed to the function given to `serveTraining`; must be structured-cloneable. */
  readonly data?: unknown;
  readonly checkpoints?: WorkerCheckpointOptions;
  /** Whether to go on from the last checkpoint in `checkpoints`. Default false. */
  readonly resume?: boolean;
  /**
   * Steps between the states that are kept in this thread's memory, from which the run goes on when its first worker fails. A state has the
   * size of parameters and moments, three times that of the parameters. Default 1.
   */
  readonly snapshotEvery?: number;
  /**
   * Milliseconds after which a worker that has not answered counts as failed, from its start; loading and training take as long as they take.
   * Default 30,000. `Infinity` waits forever.
   */
  readonly startTimeout?: number;
  /** Called after each step. After the first worker has failed, the steps since the last kept state are reported again. */
  readonly onStep?: (report: StepReport) => void;
  /** Called after each evaluation. */
  readonly onEvaluate?: (result: EvaluationResult) => void;
  /** Called with the error of each worker that failed and is being replaced. */
  readonly onWorkerFailure?: (error: WorkerError) => void;
  /** Aborts the run: it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A run in workers. */
export interface TrainingRun {
  /** Resolves when the run has ended. Rejects with the error that ended it. The workers are terminated in either case. */
  readonly result: Promise<TrainResult>;
  /** The files of the last kept state: model.safetensors, optimizer.safetensors, trainer_state.json, and those of the worker's option `files`. */
  readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  /** Waits after the current step, until {@link continue}. */
  pause(): void;
  /** Ends a {@link pause}. */
  continue(): void;
  /** Ends the run after the current step: {@link result} resolves with the reason `stopped`. */
  stop(): void;
}

const OPTIONS = {
  spawn: true,
  startTimeout: 'numeric',
  workers: 'numeric',
  data: true,
  checkpoints: 'object',
  resume: 'boolean',
  snapshotEvery: 'numeric',
  onStep: 'function',
  onEvaluate: 'function',
  onWorkerFailure: 'function',
  signal: 'signal',
} satisfies OptionNames<StartTrainingOptions>;

const CHECKPOINTS = {
  storage: 'object',
  every: 'count',
  keep: 'count',
} satisfies OptionNames<WorkerCheckpointOptions>;

/** Replacements of workers in a row, without a step between them, before the run fails. */
const MAX_REPLACEMENTS = 3;

/**
 * Trains in workers, so that this thread stays free. With several, each step's batches (`gradientAccumulation` of them) are dealt out to the
 * workers, and their gradients are added in the order of the batches: the result has the same bits for every number of workers.
 *
 * A worker that fails is replaced. Batches of a lost replica are computed again; the run of a lost leader goes on from the last kept state.
 *
 * Throws `ConfigError` for options out of their range and for a storage with checkpoints of another run.
 */
export async function startTraining(options: StartTrainingOptions): Promise<TrainingRun> {
  requireOptions('startTraining', options, OPTIONS);
  checkOption('startTraining', 'spawn', options.spawn, 'function');
  checkOptions('startTraining: checkpoints', options.checkpoints, CHECKPOINTS);
  const { workers = 1, snapshotEvery = 1, checkpoints, resume = false, signal } = options;
  checkCount('startTraining', 'workers', workers, '', LIMITS.workers);
  checkCount('startTraining', 'snapshotEvery', snapshotEvery);
  checkStartTimeout('startTraining', options.startTimeout);
  signal?.throwIfAborted();
  const snapshots = await Snapshots.open(checkpoints, resume);
  return new Run(options, workers, snapshotEvery, snapshots);
}

type TrainWorker = RemoteWorker<TrainWorkerApi>;

class Run implements TrainingRun {
  readonly result: Promise<TrainResult>;
  readonly #options: StartTrainingOptions;
  readonly #count: number;
  readonly #snapshotEvery: number;
  readonly #snapshots: Snapshots;
  /** The first leads. */
  readonly #workers: TrainWorker[] = [];
  readonly #api: TrainCoordinatorApi;
  readonly #replacing = new Map<number, Promise<void>>();
  /** Whether the leader has been told to train. */
  #isLeading = false;
  /** Replacements since the last step. */
  #replacements = 0;
  #isPaused = false;
  #isStopping = false;
  #hasEnded = false;
  /** Rejects when a replica cannot be replaced. */
  #giveUp: (error: Error) => void = () => {};

  constructor(options: StartTrainingOptions, count: number, snapshotEvery: number, snapshots: Snapshots) {
    this.#options = options;
    this.#count = count;
    this.#snapshotEvery = snapshotEvery;
    this.#snapshots = snapshots;
    const { onStep, onEvaluate } = options;
    this.#api = {
      step: (report) => {
        this.#replacements = 0;
        onStep?.(report);
      },
      evaluation: (result) => onEvaluate?.(result),
      ...snapshots.api,
    };
    this.result = this.#run();
    // The caller may look at the result later.
    this.result.catch(() => {});
  }

  get files(): ReadonlyMap<string, Uint8Array<ArrayBuffer>> {
    return this.#snapshots.files;
  }

  pause(): void {
    this.#isPaused = true;
    this.#workers[0]?.send((api) => api.pause());
  }

  continue(): void {
    this.#isPaused = false;
    this.#workers[0]?.send((api) => api.continue());
  }

  stop(): void {
    this.#isStopping = true;
    this.#workers[0]?.send((api) => api.stop());
  }

  async #run(): Promise<TrainResult> {
    const { signal } = this.#options;
    const failed = new Promise<never>((_, reject) => {
      this.#giveUp = reject;
    });
    failed.catch(() => {});
    const abort = () => this.#giveUp(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      const result = await Promise.race([this.#train(), failed]);
      await this.#snapshots.save();
      return result;
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#hasEnded = true;
      const ended = new WorkerError('ended', 'the run has ended');
      await Promise.all(this.#workers.map((worker) => worker.terminate(ended)));
    }
  }

  /** Runs leaders until one has ended the run. */
  async #train(): Promise<TrainResult> {
    await Promise.all(Array.from({ length: this.#count }, (_, index) => this.#start(index)));
    for (;;) {
      const leader = this.#workers[0]!;
      try {
        return await this.#lead(leader);
      } catch (error) {
        if (!(leader.error instanceof WorkerError) || this.#hasEnded) throw error;
        await this.#replace(0);
      }
    }
  }

  async #lead(leader: TrainWorker): Promise<TrainResult> {
    const ports = await this.#connectReplicas();
    const message = {
      replicas: ports,
      resume: !this.#snapshots.isEmpty,
      snapshotEvery: this.#snapshotEvery,
    };
    if (this.#isPaused) leader.send((api) => api.pause());
    if (this.#isStopping) leader.send((api) => api.stop());
    this.#isLeading = true;
    try {
      return await leader.call((api) => api.lead(transfer(message, ports)));
    } finally {
      this.#isLeading = false;
    }
  }

  /** Connects all replicas to a new leader. */
  async #connectReplicas(): Promise<MessagePort[]> {
    const ports: MessagePort[] = [];
    const connected: TrainWorker[] = [];
    for (;;) {
      // Replicas may fail while others are being connected.
      const missing = this.#workers.findIndex(
        (worker, index) => index > 0 && (connected[index] !== worker || worker.error),
      );
      if (missing < 0) return ports;
      ports[missing - 1]?.close();
      ports[missing - 1] = await this.#connect(missing);
      connected[missing] = this.#workers[missing]!;
    }
  }

  /** Connects a replica to the leader. Returns the leader's port. */
  async #connect(index: number): Promise<MessagePort> {
    for (;;) {
      const worker = this.#workers[index]!;
      const { port1, port2 } = new MessageChannel();
      try {
        await worker.call((api) => api.follow(transfer(port2, [port2])));
        return port1;
      } catch (error) {
        port1.close();
        if (!worker.error || this.#hasEnded) throw error;
        await this.#replace(index);
      }
    }
  }

  /** Starts a worker and loads its model. */
  async #start(index: number): Promise<void> {
    const { spawn, data } = this.#options;
    const number = { index, count: this.#count };
    let endpoint: ShardEndpoint;
    try {
      endpoint = platform.endpointOf(spawn());
    } catch (cause) {
      const message = `worker ${index} of ${this.#count} could not be started: ${(cause as Error).message}`;
      throw new WorkerError('died', message, { worker: index, cause });
    }
    const worker = new RemoteWorker<TrainWorkerApi>({
      endpoint,
      number,
      message: { data },
      exposed: Object.assign(Object.create(null), this.#api),
      exposedNames: TRAIN_COORDINATOR_CALLS,
      onFailure: (error) => this.#onFailure(index, error),
      startTimeout: this.#options.startTimeout,
    });
    this.#workers[index] = worker;
    await worker.call((api) => api.setUp());
  }

  #onFailure(index: number, error: WorkerError): void {
    if (this.#hasEnded) return;
    this.#options.onWorkerFailure?.(error);
    // The loss of the leader rejects its call of `lead`, and that of a worker that is loading or being connected rejects that call.
    if (index === 0 || !this.#isLeading) return;
    this.#replaceReplica(index).catch((cause: Error) => this.#giveUp(cause));
  }

  async #replaceReplica(index: number): Promise<void> {
    const leader = this.#workers[0]!;
    const port = await this.#connect(index);
    leader.send((api) => api.replaceReplica(index - 1, transfer(port, [port])));
  }

  /** Starts a worker in place of one that has failed. */
  #replace(index: number): Promise<void> {
    let replacing = this.#replacing.get(index);
    if (!replacing) {
      replacing = this.#startAgain(index).finally(() => this.#replacing.delete(index));
      this.#replacing.set(index, replacing);
    }
    return replacing;
  }

  async #startAgain(index: number): Promise<void> {
    for (;;) {
      const { error } = this.#workers[index]!;
      if (++this.#replacements > MAX_REPLACEMENTS) throw error;
      try {
        return await this.#start(index);
      } catch (cause) {
        if (!(cause instanceof WorkerError) || this.#hasEnded) throw cause;
      }
    }
  }
}
