import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError, LoadError } from '../errors.ts';
import { type ByteSource, checkRange } from './bytes.ts';
import type { DirectoryFiles } from './types.ts';

/** The files of a directory, given by its path or `file:` URL. */
export function nodeDirectory(location: string | URL): DirectoryFiles {
  const root = resolve(toPath(location));

  /** The error for a failed operation: distinguishes a missing or invalid directory from a missing or unreadable file. */
  async function accessError(error: unknown, name?: string): Promise<LoadError | ConfigError> {
    const directory = await stat(root).catch((reason: unknown) => ({ reason }));
    if ('reason' in directory) {
      const missing = isMissing(directory.reason);
      return new LoadError(
        missing ? 'not-found' : 'unreadable',
        missing ? `There is no directory ${root}` : `The directory ${root} cannot be read`,
        { ...fileDetails(name), cause: error },
      );
    }
    if (!directory.isDirectory()) {
      return new ConfigError(`${root} is a file; expected its directory, and the file's name as weightsFile`);
    }
    const missing = isMissing(error);
    const what = missing
      ? `There is no file ${name} in ${root}`
      : `${name ?? 'The directory'} in ${root} cannot be read`;
    return new LoadError(missing ? 'not-found' : 'unreadable', what, { ...fileDetails(name), cause: error });
  }

  return {
    location: root,

    async list() {
      try {
        const entries = await readdir(root, { withFileTypes: true });
        // Local hub caches contain symbolic links to the files.
        return entries.filter((entry) => entry.isFile() || entry.isSymbolicLink()).map((entry) => entry.name);
      } catch (error) {
        throw await accessError(error);
      }
    },

    async has(name) {
      try {
        return (await stat(join(root, name))).isFile();
      } catch (error) {
        if (isMissing(error) && (await stat(root).catch(() => undefined))?.isDirectory()) return false;
        throw await accessError(error, name);
      }
    },

    async open(name) {
      try {
        return await openFile(join(root, name), name);
      } catch (error) {
        throw error instanceof LoadError ? error : await accessError(error, name);
      }
    },
  };
}

/**
 * A source of the file at `path`. Each read opens and closes the file, so that no file handle stays open, unless `pin` has
 * an open one. Reads reject with `LoadError` if the file changed since it was opened.
 */
export async function openFile(
  path: string,
  name: string,
  pin: { readonly handle?: FileHandle } = {},
): Promise<ByteSource> {
  const first = await stat(path);
  if (!first.isFile()) throw new LoadError('unreadable', `${path} is not a file`, { file: name });
  return {
    size: first.size,
    async read(from, to) {
      checkRange(from, to, first.size);
      const kept = pin.handle;
      const handle =
        kept ??
        (await open(path, 'r').catch((error) => {
          throw new LoadError('unreadable', `${path} can no longer be read`, { file: name, cause: error });
        }));
      try {
        const now = await handle.stat();
        if (now.size !== first.size || now.mtimeMs !== first.mtimeMs) {
          throw new LoadError('changed', `${path} changed while it was being read`, { file: name });
        }
        const bytes = new Uint8Array(to - from);
        for (let filled = 0; filled < bytes.length; ) {
          const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, from + filled);
          if (bytesRead === 0) throw new LoadError('incomplete', `${path} ends early`, { file: name });
          filled += bytesRead;
        }
        return bytes;
      } finally {
        if (handle !== kept) await handle.close();
      }
    },
  };
}

function toPath(location: string | URL): string {
  if (typeof location === 'string' && !location.startsWith('file:')) return location;
  try {
    return fileURLToPath(location);
  } catch (error) {
    throw new ConfigError(`source: ${location} is not a valid file URL on this system`, { cause: error });
  }
}

function fileDetails(name: string | undefined): { file?: string } {
  return name === undefined ? {} : { file: name };
}

function isMissing(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
