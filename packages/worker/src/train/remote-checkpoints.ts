import type { CheckpointStorage } from '@headwise/core/train';
import { type Remote, transfer } from 'comlink';
import { unwrap } from '../wire/outcome.ts';
import type { TrainCoordinatorApi } from './protocol.ts';

/** The checkpoints that the main thread keeps, as the leader sees them. */
export class RemoteCheckpoints implements CheckpointStorage {
  readonly #api: Remote<TrainCoordinatorApi>;

  constructor(api: Remote<TrainCoordinatorApi>) {
    this.#api = api;
  }

  async list(): Promise<readonly string[]> {
    return unwrap(await this.#api.listCheckpoints());
  }

  /** The files are transferred: they were made for this call. */
  async write(name: string, files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>): Promise<void> {
    const buffers = new Set([...files.values()].map(({ buffer }) => buffer));
    unwrap(await this.#api.writeCheckpoint(name, transfer(files, [...buffers])));
  }

  async read(name: string, file: string): Promise<Uint8Array> {
    return unwrap(await this.#api.readCheckpoint(name, file));
  }

  async remove(name: string): Promise<void> {
    unwrap(await this.#api.removeCheckpoint(name));
  }
}
