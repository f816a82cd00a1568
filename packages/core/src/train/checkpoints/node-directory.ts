import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '../../errors.ts';
import { type CheckpointStorage, missingFile } from './storage.ts';

/** Prefix of directories that are being written or removed. */
const PARTIAL = '.partial-';

/**
 * Checkpoints in a directory, each a directory in it. One is written under another name, flushed to disk (fsync) and then renamed, which is
 * atomic: a process that is killed at any moment leaves whole checkpoints, and at most a partial one that the next write removes.
 */
class NodeCheckpoints implements CheckpointStorage {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async list(): Promise<readonly string[]> {
    const entries = await readdir(this.#root, { withFileTypes: true }).catch((error: unknown) => {
      if ((error as { code?: unknown }).code === 'ENOENT') return [];
      throw error;
    });
    const isCheckpoint = (name: string) => /^checkpoint-\d+$/.test(name);
    return entries.filter((entry) => entry.isDirectory() && isCheckpoint(entry.name)).map(({ name }) => name);
  }

  async write(name: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
    await mkdir(this.#root, { recursive: true });
    await this.#removePartial();
    const partial = join(this.#root, PARTIAL + name);
    await mkdir(partial);
    for (const [file, bytes] of files) {
      const handle = await open(join(partial, file), 'wx');
      try {
        await handle.writeFile(bytes);
        await handle.sync();
      } finally {
        await handle.close();
      }
    }
    await syncDirectory(partial);
    await rename(partial, join(this.#root, name));
    await syncDirectory(this.#root);
  }

  async read(name: string, file: string): Promise<Uint8Array> {
    try {
      return new Uint8Array(await readFile(join(this.#root, name, file)));
    } catch (error) {
      throw missingFile(name, file, error);
    }
  }

  async remove(name: string): Promise<void> {
    const partial = join(this.#root, PARTIAL + name);
    await rm(partial, { recursive: true, force: true });
    await rename(join(this.#root, name), partial);
    await rm(partial, { recursive: true, force: true });
  }

  async #removePartial(): Promise<void> {
    for (const name of await readdir(this.#root)) {
      if (name.startsWith(PARTIAL)) await rm(join(this.#root, name), { recursive: true, force: true });
    }
  }
}

/** Flushes the names in a directory to disk. Windows does not have this; its renames are journalled. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Checkpoints in a directory, given by its path or `file:` URL. */
export function directoryCheckpoints(location: string | URL): CheckpointStorage {
  if (typeof location === 'string' && !location.startsWith('file:'))
    return new NodeCheckpoints(resolve(location));
  try {
    return new NodeCheckpoints(fileURLToPath(location));
  } catch (error) {
    throw new ConfigError(`openCheckpoints: ${location} is not a valid file URL on this system`, {
      cause: error,
    });
  }
}
