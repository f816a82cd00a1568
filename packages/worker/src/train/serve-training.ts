import { ConfigError } from '@headwise/core';
import {
  GradientReplica,
  Trainer,
  type TrainerOptions,
  type TrainingBatch,
  type TrainResult,
} from '@headwise/core/train';
import { expose, type Remote, wrap } from 'comlink';
import { WorkerError } from '../errors.ts';
import { onStart } from '../platform/thread.ts';
import { filterCalls, filterResponses } from '../wire/message-filter.ts';
import { outcomeOf } from '../wire/outcome.ts';
import {
  type LeadMessage,
  REPLICA_CALLS,
  type ReplicaApi,
  TRAIN_WORKER_CALLS,
  type TrainCoordinatorApi,
  type TrainStart,
  type TrainWorkerApi,
} from './protocol.ts';
import { RemoteCheckpoints } from './remote-checkpoints.ts';
import { RemoteReplicas } from './remote-replicas.ts';

/** What a worker trains. Progress, checkpoints and abort are the main thread's: see `startTraining`. */
export type WorkerTrainerOptions<Model, Example, Batch extends TrainingBatch> = Omit<
  TrainerOptions<Model, Example, Batch>,
  'onStep' | 'onEvaluate' | 'checkpoints' | 'signal' | 'replicas'
> & {
  /** Files to write beside the weights of checkpoints, such as config.json and tokenizer.json. */
  readonly files?: Readonly<Record<string, string | Uint8Array | object>>;
};

/** The result of the function given to {@link serveTraining}. */
export type SetUp<Model, Example, Batch extends TrainingBatch> =
  | WorkerTrainerOptions<Model, Example, Batch>
  | Promise<WorkerTrainerOptions<Model, Example, Batch>>;

/**
 * Makes this thread a worker of `startTraining`. To be called by the worker's script, once, as soon as it runs.
 *
 * `setUp` loads the model and the examples. It is called in every worker, with the option `data` of `startTraining`, and must give equal results:
 * the gradients of one step's batches are computed by different workers.
 *
 * ```ts
 * serveTraining(async ({ texts }: { texts: readonly string[] }) => {
 *   const trainable = await createModel(config, { seed: 1 });
 *   return { trainable, objective: causalLanguageModelling(), trainExamples: encode(texts), gradientAccumulation: 4 };
 * });
 * ```
 */
export function serveTraining<Data, Model, Example, Batch extends TrainingBatch>(
  setUp: (data: Data) => SetUp<Model, Example, Batch>,
): void {
  onStart((message) => {
    if (!isTrainStart(message)) throw new ConfigError('serveTraining: expected a message of startTraining');
    const { control, coordinator, data } = message;
    const ignore = () => {};
    const remote = wrap<TrainCoordinatorApi>(filterResponses(coordinator, ignore));
    const worker = new TrainWorker(() => setUp(data as Data), remote);
    const api: TrainWorkerApi = Object.assign(Object.create(null), {
      ping: () => outcomeOf(() => null),
      setUp: () => outcomeOf(() => worker.setUp()),
      follow: (leader) => outcomeOf(() => worker.follow(leader)),
      lead: (lead) => outcomeOf(() => worker.lead(lead)),
      replaceReplica: (index, port) => worker.replaceReplica(index, port),
      pause: () => worker.pause(),
      continue: () => worker.continue(),
      stop: () => worker.stop(),
    } satisfies TrainWorkerApi);
    expose(api, filterCalls(control, TRAIN_WORKER_CALLS, ignore));
  });
}

/** Throws `ConfigError` for options of `Trainer` that are those of `startTraining`. */
function checkOwnOptions(options: object): void {
  if (typeof options !== 'object' || options === null) {
    throw new ConfigError(
      `serveTraining: its function must return the options of a trainer, got ${options === null ? 'null' : typeof options}`,
    );
  }
  for (const name of ['onStep', 'onEvaluate', 'checkpoints', 'signal', 'replicas']) {
    if (!Object.hasOwn(options, name)) continue;
    const place = name === 'replicas' ? 'the workers themselves' : 'an option of startTraining';
    throw new ConfigError(`serveTraining: unknown option ${name}; that is ${place}`);
  }
}

class TrainWorker<Model, Example, Batch extends TrainingBatch> {
  readonly #load: () => SetUp<Model, Example, Batch>;
  readonly #coordinator: Remote<TrainCoordinatorApi>;
  #options: WorkerTrainerOptions<Model, Example, Batch> | undefined;
  #leader: MessagePort | undefined;
  #replicas: RemoteReplicas<Batch> | undefined;
  #trainer: Trainer<Model, Example, Batch> | undefined;
  #isPaused = false;
  #isStopping = false;

  constructor(load: () => SetUp<Model, Example, Batch>, coordinator: Remote<TrainCoordinatorApi>) {
    this.#load = load;
    this.#coordinator = coordinator;
  }

  async setUp(): Promise<null> {
    const options = await this.#load();
    checkOwnOptions(options);
    this.#options = options;
    return null;
  }

  follow(leader: MessagePort): null {
    const { files: _, ...options } = this.#loaded();
    const replica = new GradientReplica(options);
    const api: ReplicaApi = Object.assign(Object.create(null), {
      computeGradients: (tasks, values) =>
        outcomeOf(
          () => {
            replica.setValues(values);
            return tasks.map((task) => replica.computeGradient(task as never));
          },
          (results) => results.map(({ gradient }) => gradient.buffer),
        ),
    } satisfies ReplicaApi);
    this.#leader?.close();
    this.#leader = leader;
    expose(
      api,
      filterCalls(leader, REPLICA_CALLS, () => {}),
    );
    return null;
  }

  async lead({ replicas, resume, snapshotEvery }: LeadMessage): Promise<TrainResult> {
    const { files, ...options } = this.#loaded();
    const coordinator = this.#coordinator;
    // Also without replicas: gradients of batches are added in the same way for every number of workers.
    const others = new RemoteReplicas<Batch>(replicas);
    this.#replicas = others;
    const trainer = new Trainer<Model, Example, Batch>({
      ...options,
      replicas: others,
      checkpoints: {
        storage: new RemoteCheckpoints(coordinator),
        every: snapshotEvery,
        keep: 1,
        ...(files && { files }),
      },
      onStep: (report) => {
        void coordinator.step(report);
        if (this.#isStopping) trainer.stop();
      },
      onEvaluate: (result) => void coordinator.evaluation(result),
    });
    this.#trainer = trainer;
    if (this.#isPaused) trainer.pause();
    if (resume) await trainer.resume();
    try {
      return await trainer.train();
    } finally {
      others.close();
    }
  }

  replaceReplica(index: number, port: MessagePort): void {
    this.#replicas?.replace(index, port);
  }

  pause(): void {
    this.#isPaused = true;
    this.#trainer?.pause();
  }

  continue(): void {
    this.#isPaused = false;
    this.#trainer?.continue();
  }

  /** Before the first step, ends the run after it. */
  stop(): void {
    this.#isStopping = true;
    this.#trainer?.stop();
  }

  #loaded(): WorkerTrainerOptions<Model, Example, Batch> {
    if (!this.#options) throw new WorkerError('invalid-message', 'the worker has not been set up');
    return this.#options;
  }
}

function isTrainStart(message: unknown): message is TrainStart {
  if (typeof message !== 'object' || message === null) return false;
  const { control, coordinator } = message as Partial<TrainStart>;
  return control instanceof MessagePort && coordinator instanceof MessagePort;
}
