import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FleetError } from './errors.ts';

const TEMPORARY = /^\..+\.[\da-f-]{36}\.tmp$/;

/**
 * Creates a file with all its bytes or not at all, and never replaces one: of several processes that write the same file the first does. False if it was there.
 */
export async function writeOnce(path: string, content: Uint8Array | string): Promise<boolean> {
  return withTemporary(path, content, async (temporary) => {
    try {
      await link(temporary, path);
      return true;
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') return false;
      if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(code)) throw error;
      throw new FleetError(
        'file-system',
        `fleet: the file system of ${dirname(path)} has no hard links, by which a file is created once and only once; choose a directory of another (local, NFS)`,
        { cause: error },
      );
    }
  });
}

/** Writes a file, replacing one that is there, so that a reader sees the former or the new one whole. */
export async function replaceFile(path: string, content: Uint8Array | string): Promise<void> {
  await withTemporary(path, content, (temporary) => rename(temporary, path));
}

async function withTemporary<T>(
  path: string,
  content: Uint8Array | string,
  publish: (temporary: string) => Promise<T>,
  tries = 3,
): Promise<T> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(content);
      // What is named is on the disk, also after a loss of power.
      await file.sync();
    } finally {
      await file.close();
    }
    return await publish(temporary);
  } catch (error) {
    // Another process that has finished the run takes it for that of a killed one.
    if (tries > 1 && (error as NodeJS.ErrnoException).code === 'ENOENT')
      return await withTemporary(path, content, publish, tries - 1);
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Removes what killed processes have left behind. */
export async function removeTemporaries(directory: string): Promise<void> {
  const names = (await readdir(directory)).filter((name) => TEMPORARY.test(name));
  await Promise.all(names.map((name) => rm(join(directory, name), { force: true })));
}

export function sha256(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Whether another attempt at writing would fail too, until a person does something. */
export function isLasting(error: unknown): boolean {
  return (
    error instanceof FleetError ||
    ['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')
  );
}

/** Rejects with `FleetError` where the system does not let this process use the directory. */
export async function inDirectory<T>(directory: string, action: Promise<T>): Promise<T> {
  try {
    return await action;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw directoryError(directory, error as Error);
  }
}

/** The error of a directory that the system does not let this process use. */
export function directoryError(directory: string, cause: Error): FleetError {
  return new FleetError('file-system', `fleet: cannot use the directory ${directory}: ${cause.message}`, {
    cause,
  });
}

/** SHA-256 of a file of any size. */
export async function hashOfFile(path: string, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) {
    signal?.throwIfAborted();
    hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}

/** The text of a file; undefined if there is none. */
export async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
