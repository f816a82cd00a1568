import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '../errors.ts';
import type { SaveWriter } from './target.ts';

/**
 * A writer into a directory: files are written to a directory beside it, which then gets its name. A process that is killed leaves at most that one.
 * Throws `ConfigError` for a directory that has files, unless it may be overwritten.
 */
export async function directoryWriter(location: string | URL, overwrite: boolean): Promise<SaveWriter> {
  const path = pathOf(location);
  const entries = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new ConfigError(`saveModel: ${path} cannot be written: ${error.message}`, { cause: error });
  });
  if (entries && entries.length > 0 && !overwrite) {
    throw new ConfigError(
      `saveModel: ${path} has files; expected a new or an empty directory, or the option overwrite`,
    );
  }
  const partial = join(dirname(path), `.${basename(path)}.partial-${randomUUID().slice(0, 8)}`);
  return {
    async write(name, parts) {
      const file = join(partial, name);
      await mkdir(dirname(file), { recursive: true });
      const handle = await open(file, 'wx');
      try {
        for await (const part of parts) await writeAll(handle, part);
        await handle.sync();
      } finally {
        await handle.close();
      }
    },
    async commit() {
      await rm(path, { recursive: true, force: true });
      await rename(partial, path);
    },
    async discard() {
      await rm(partial, { recursive: true, force: true });
    },
  };
}

async function writeAll(
  handle: { write(bytes: Uint8Array): Promise<{ bytesWritten: number }> },
  part: Uint8Array,
) {
  for (let at = 0; at < part.length; ) at += (await handle.write(part.subarray(at))).bytesWritten;
}

function pathOf(location: string | URL): string {
  if (typeof location === 'string' && !location.startsWith('file:')) return resolve(location);
  try {
    return fileURLToPath(location);
  } catch (error) {
    throw new ConfigError(`saveModel: ${location} is not a valid file URL on this system`, { cause: error });
  }
}
