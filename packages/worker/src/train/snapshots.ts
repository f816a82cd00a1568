import { ConfigError } from '@headwise/core';
import { checkpointName, checkpointSteps, stepOfCheckpoint, writeCheckpoint } from '@headwise/core/internal';
import type { CheckpointOptions } from '@headwise/core/train';
import { WorkerError } from '../errors.ts';
import { outcomeOf } from '../wire/outcome.ts';
import type { TrainCoordinatorApi } from './protocol.ts';

/** Where and when the checkpoints of a run in workers are written. The worker's script has the other files: see `serveTraining`. */
export type WorkerCheckpointOptions = Omit<CheckpointOptions, 'files'>;

type Files = ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

/**
 * The state of a run after its last steps, in the memory of the main thread, from which a new leader goes on. Some states are written as
 * checkpoints, too.
 */
export class Snapshots {
  /** By their steps. */
  readonly #snapshots = new Map<number, Files>();
  readonly #checkpoints: WorkerCheckpointOptions | undefined;
  /** Step of the last checkpoint. */
  #saved: number | undefined;

  private constructor(checkpoints: WorkerCheckpointOptions | undefined, saved: number | undefined) {
    this.#checkpoints = checkpoints;
    this.#saved = saved;
  }

  /** Throws `ConfigError` if the storage has checkpoints of another run, unless that one is to be resumed. */
  static async open(checkpoints: WorkerCheckpointOptions | undefined, resume: boolean): Promise<Snapshots> {
    if (resume && !checkpoints) throw new ConfigError('startTraining: resume needs the option checkpoints');
    const saved = checkpoints && (await checkpointSteps(checkpoints.storage)).at(-1);
    if (saved !== undefined && !resume) {
      throw new ConfigError(
        `startTraining: the storage has ${checkpointName(saved)} of another run; set resume to go on with that run, or use another storage`,
      );
    }
    return new Snapshots(checkpoints, saved);
  }

  /** Whether there is a state to go on from. */
  get isEmpty(): boolean {
    return this.#snapshots.size === 0 && this.#saved === undefined;
  }

  /** The files of the last state: model.safetensors, optimizer.safetensors, trainer_state.json, and those of the worker's option `files`. */
  get files(): Files {
    return this.#snapshots.get(this.#lastStep) ?? new Map();
  }

  /** Writes the last state as a checkpoint, if it is not one yet. */
  async save(): Promise<void> {
    const files = this.#snapshots.get(this.#lastStep);
    if (files && this.#lastStep !== this.#saved) await this.#write(this.#lastStep, files);
  }

  /** The functions for the leader. Names are those of `checkpointName`. */
  readonly api: Pick<
    TrainCoordinatorApi,
    'listCheckpoints' | 'writeCheckpoint' | 'readCheckpoint' | 'removeCheckpoint'
  > = {
    listCheckpoints: () =>
      outcomeOf(() => {
        if (this.#snapshots.size > 0) return [...this.#snapshots.keys()].map(checkpointName);
        return this.#saved === undefined ? [] : [checkpointName(this.#saved)];
      }),
    writeCheckpoint: (name, files) =>
      outcomeOf(async () => {
        const step = stepOf(name);
        this.#snapshots.set(step, files);
        const { every } = this.#checkpoints ?? {};
        if (every !== undefined && step % every === 0) await this.#write(step, files);
        return null;
      }),
    readCheckpoint: (name, file) =>
      outcomeOf(
        async () =>
          this.#snapshots.get(stepOf(name))?.get(file) ?? this.#checkpoints!.storage.read(name, file),
      ),
    removeCheckpoint: (name) =>
      outcomeOf(() => {
        this.#snapshots.delete(stepOf(name));
        return null;
      }),
  };

  get #lastStep(): number {
    return Math.max(...this.#snapshots.keys());
  }

  async #write(step: number, files: Files): Promise<void> {
    if (!this.#checkpoints) return;
    await writeCheckpoint(this.#checkpoints, step, files);
    this.#saved = step;
  }
}

function stepOf(name: string): number {
  const step = stepOfCheckpoint(name);
  if (step === undefined) throw new WorkerError('invalid-message', `it named a checkpoint ${name}`);
  return step;
}
