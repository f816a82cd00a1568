import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LoadError } from '../errors.ts';
import type { CachedFile, FileCache, FileVersion } from './cache.ts';
import { openFile } from './node-directory.ts';

/** Unreferenced files are kept this long, because another process may still read or write them. */
const GRACE_MS = 24 * 60 * 60 * 1000;

interface Entry extends FileVersion {
  /** The URL; compared on lookup, because the file name has only a hash of it. */
  key: string;
  /** Name of the data file. */
  data: string;
  size: number;
}

/**
 * A {@link FileCache} in a directory. Each key has an entry `<hash>.json` that names its data file. Both are written to
 * temporary files and then renamed, the entry last, so that readers find either the old version or the new one.
 */
export function directoryCache(directory: string): FileCache {
  const hashOf = (key: string) => createHash('sha256').update(key).digest('hex').slice(0, 40);
  const entryPath = (key: string) => join(directory, `${hashOf(key)}.json`);

  async function match(key: string): Promise<CachedFile | undefined> {
    const entry = await readEntry(entryPath(key));
    if (!entry || entry.key !== key) return undefined;
    const path = join(directory, entry.data);
    const data = await stat(path).catch(() => undefined);
    if (data?.size !== entry.size) return undefined;
    const { etag, lastModified, size } = entry;
    return { etag, lastModified, size, open: () => openFile(path, path) };
  }

  return {
    match,

    async put(key, version, chunks) {
      await mkdir(directory, { recursive: true });
      const unique = `${hashOf(key)}-${randomUUID()}`;
      const temporary = join(directory, `${unique}.part`);
      const data = `${unique}.data`;
      try {
        const size = await writeChunks(temporary, chunks);
        await rename(temporary, join(directory, data));
        const entry: Entry = { key, data, size, etag: version.etag, lastModified: version.lastModified };
        await writeFile(temporary, JSON.stringify(entry));
        await rename(temporary, entryPath(key));
      } catch (error) {
        await rm(temporary, { force: true });
        await rm(join(directory, data), { force: true });
        throw error;
      }
      await removeStaleFiles(directory, hashOf(key), data);
      const stored = await match(key);
      if (!stored)
        throw new LoadError('unreadable', `cache ${directory}: ${key} is missing right after it was stored`);
      return stored;
    },

    async delete(key) {
      const entry = await readEntry(entryPath(key));
      await rm(entryPath(key), { force: true });
      if (entry) await rm(join(directory, entry.data), { force: true });
      return entry !== undefined;
    },
  };
}

async function writeChunks(path: string, chunks: AsyncIterable<Uint8Array>): Promise<number> {
  const handle = await open(path, 'wx');
  try {
    let size = 0;
    for await (const chunk of chunks) {
      await handle.appendFile(chunk);
      size += chunk.byteLength;
    }
    // Without a sync, the entry could survive a power failure while the data is lost.
    await handle.sync();
    return size;
  } finally {
    await handle.close();
  }
}

/** The entry at `path`; undefined if it is missing or invalid. */
async function readEntry(path: string): Promise<Entry | undefined> {
  let entry: Partial<Entry> | null;
  try {
    entry = JSON.parse(await readFile(path, 'utf8')) as Partial<Entry> | null;
  } catch {
    return undefined;
  }
  const valid =
    typeof entry?.key === 'string' &&
    typeof entry.size === 'number' &&
    // The name is joined to the directory and must not lead outside it.
    typeof entry.data === 'string' &&
    /^[\da-f-]+\.data$/.test(entry.data) &&
    (entry.etag === undefined || typeof entry.etag === 'string') &&
    (entry.lastModified === undefined || typeof entry.lastModified === 'string');
  return valid ? (entry as Entry) : undefined;
}

/** Removes earlier versions of a file and remains of interrupted writes that are older than {@link GRACE_MS}. */
async function removeStaleFiles(directory: string, hash: string, current: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!name.startsWith(`${hash}-`) || name === current) continue;
    const path = join(directory, name);
    const file = await stat(path).catch(() => undefined);
    if (file && Date.now() - file.mtimeMs > GRACE_MS) await rm(path, { force: true });
  }
}
