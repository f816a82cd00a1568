import type {
  EvaluationResult,
  GradientResult,
  GradientTask,
  StepReport,
  TrainingBatch,
  TrainResult,
} from '@headwise/core/train';
import type { Outcome } from '../wire/outcome.ts';
import type { StartApi, StartPorts } from '../wire/start.ts';

// The messages of a training run. One worker, the leader, runs the `Trainer`; the others are replicas of the model that compute gradients of
// batches for it.

/** The first message to a worker. */
export interface TrainStart extends StartPorts {
  /** The option `data` of `startTraining`. */
  readonly data: unknown;
}

/** Functions of a worker that the main thread calls. */
export interface TrainWorkerApi extends StartApi {
  /** Loads the model. To be called first. */
  setUp(): Promise<Outcome<null>>;
  /** Computes gradients for the leader at the other end of the port, in place of an earlier one. */
  follow(leader: MessagePort): Promise<Outcome<null>>;
  /** Trains, with replicas at the ports. Resolves when the run has ended. */
  lead(message: LeadMessage): Promise<Outcome<TrainResult>>;
  /** Replaces the port to a replica, whose worker was replaced. */
  replaceReplica(index: number, port: MessagePort): void;
  pause(): void;
  continue(): void;
  stop(): void;
}

export interface LeadMessage {
  /** Ports to the replicas. */
  readonly replicas: readonly MessagePort[];
  /** Whether to go on from the last snapshot. */
  readonly resume: boolean;
  /** Steps between the snapshots that the main thread keeps. */
  readonly snapshotEvery: number;
}

/** Functions of the main thread that a worker calls. */
export interface TrainCoordinatorApi {
  step(report: StepReport): void;
  evaluation(result: EvaluationResult): void;
  listCheckpoints(): Promise<Outcome<readonly string[]>>;
  writeCheckpoint(name: string, files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>): Promise<Outcome<null>>;
  readCheckpoint(name: string, file: string): Promise<Outcome<Uint8Array>>;
  removeCheckpoint(name: string): Promise<Outcome<null>>;
}

/** Functions of a replica that the leader calls. */
export interface ReplicaApi {
  /** Computes gradients with these values of the trainable parameters. */
  computeGradients(
    tasks: readonly GradientTask<TrainingBatch>[],
    values: Float32Array,
  ): Promise<Outcome<readonly GradientResult[]>>;
}

/** Names of the functions that may be called; all other calls are protocol errors. */
export const TRAIN_WORKER_CALLS: readonly (keyof TrainWorkerApi)[] = [
  'ping',
  'setUp',
  'follow',
  'lead',
  'replaceReplica',
  'pause',
  'continue',
  'stop',
];
export const TRAIN_COORDINATOR_CALLS: readonly (keyof TrainCoordinatorApi)[] = [
  'step',
  'evaluation',
  'listCheckpoints',
  'writeCheckpoint',
  'readCheckpoint',
  'removeCheckpoint',
];
export const REPLICA_CALLS: readonly (keyof ReplicaApi)[] = ['computeGradients'];
