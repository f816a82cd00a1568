import { ConfigError } from '@headwise/core';
import type { CheckpointOptions } from '@headwise/core/train';
import { outcomeOf } from '../wire/outcome.ts';
import type { TrainCoordinatorApi } from './protocol.ts';

/** Where and when the checkpoints of a run in workers are written. The worker's script has the other files: see `serveTraining`. */
export type WorkerCheckpointOptions = Omit<CheckpointOptions, 'files'>;

type Files = ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

const DEFAULT_KEEP = 2;

/**
 * The state of a run after its last steps, in the memory of the main thread, from which a new leader goes on. Some states are written as
 * checkpoints, too.
 */
export class Snapshots {
  readonly #snapshots = new Map<string, Files>();
  readonly #checkpoints: WorkerCheckpointOptions | undefined;
  /** Name of the last checkpoint. */
  #saved: string | undefined;

  private constructor(checkpoints: WorkerCheckpointOptions | undefined, saved: string | undefined) {
    this.#checkpoints = checkpoints;
    this.#saved = saved;
  }

  /** Throws `ConfigError` if the storage has checkpoints of another run, unless that one is to be resumed. */
  static async open(checkpoints: WorkerCheckpointOptions | undefined, resume: boolean): Promise<Snapshots> {
    const saved = checkpoints && byStep(await checkpoints.storage.list()).at(-1);
    if (resume && !checkpoints) throw new ConfigError('startTraining: resume needs the option checkpoints');
    if (saved !== undefined && !resume) {
      throw new ConfigError(
        `startTraining: the storage has ${saved} of another run; set resume to go on with that run, or use another storage`,
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
    return this.#snapshots.get(byStep([...this.#snapshots.keys()]).at(-1) ?? '') ?? new Map();
  }

  /** Writes the last state as a checkpoint, if it is not one yet. */
  async save(): Promise<void> {
    const [name] = byStep([...this.#snapshots.keys()]).slice(-1);
    if (name !== undefined && name !== this.#saved) await this.#write(name, this.#snapshots.get(name)!);
  }

  /** The functions for the leader. Names are `checkpoint-STEP`. */
  readonly api: Pick<
    TrainCoordinatorApi,
    'listCheckpoints' | 'writeCheckpoint' | 'readCheckpoint' | 'removeCheckpoint'
  > = {
    listCheckpoints: () =>
      outcomeOf(() => {
        if (this.#snapshots.size > 0) return [...this.#snapshots.keys()];
        return this.#saved === undefined ? [] : [this.#saved];
      }),
    writeCheckpoint: (name, files) =>
      outcomeOf(async () => {
        this.#snapshots.set(name, files);
        const { every } = this.#checkpoints ?? {};
        if (every !== undefined && stepOf(name) % every === 0) await this.#write(name, files);
        return null;
      }),
    readCheckpoint: (name, file) =>
      outcomeOf(
        async () => this.#snapshots.get(name)?.get(file) ?? this.#checkpoints!.storage.read(name, file),
      ),
    removeCheckpoint: (name) =>
      outcomeOf(() => {
        this.#snapshots.delete(name);
        return null;
      }),
  };

  async #write(name: string, files: Files): Promise<void> {
    const { storage, keep = DEFAULT_KEEP } = this.#checkpoints ?? {};
    if (!storage) return;
    await storage.write(name, files);
    this.#saved = name;
    for (const old of byStep(await storage.list()).slice(0, -keep)) await storage.remove(old);
  }
}

function byStep(names: readonly string[]): string[] {
  return [...names].sort((a, b) => stepOf(a) - stepOf(b));
}

function stepOf(name: string): number {
  return Number(name.slice(name.lastIndexOf('-') + 1));
}
