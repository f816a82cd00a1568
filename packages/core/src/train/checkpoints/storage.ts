import { LoadError } from '../../errors.ts';

/**
 * Where checkpoints are kept: each is a name with files. Implementations write a checkpoint whole or not at all, whenever the process or the
 * page ends.
 */
export interface CheckpointStorage {
  /** Names of the whole checkpoints, in no particular order. */
  list(): Promise<readonly string[]>;
  /** Writes a checkpoint under a name that {@link list} does not have. Once it resolves, the checkpoint survives the end of the process. */
  write(name: string, files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>): Promise<void>;
  /** Reads a file of a checkpoint. Rejects with `LoadError` if there is none. */
  read(name: string, file: string): Promise<Uint8Array>;
  /** Removes a checkpoint, first from {@link list}. */
  remove(name: string): Promise<void>;
}

/** Checkpoints in memory: for tests, and to go on after an error. */
export class MemoryCheckpoints implements CheckpointStorage {
  readonly #checkpoints = new Map<string, ReadonlyMap<string, Uint8Array>>();

  async list(): Promise<readonly string[]> {
    return [...this.#checkpoints.keys()];
  }

  async write(name: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
    this.#checkpoints.set(name, new Map([...files].map(([file, bytes]) => [file, bytes.slice()])));
  }

  async read(name: string, file: string): Promise<Uint8Array> {
    const bytes = this.#checkpoints.get(name)?.get(file);
    if (!bytes) throw missingFile(name, file);
    return bytes.slice();
  }

  async remove(name: string): Promise<void> {
    this.#checkpoints.delete(name);
  }
}

/** The error for a file that a checkpoint does not have. */
export function missingFile(name: string, file: string, cause?: unknown): LoadError {
  return new LoadError('not-found', `checkpoint ${name} has no file ${file}`, { file, cause });
}
