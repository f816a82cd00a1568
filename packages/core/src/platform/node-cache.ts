import { createHash, randomUUID } from 'node:crypto';
import fs, { mkdir, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { LoadError } from '../errors.ts';
import type { ByteSource } from './bytes.ts';
import {
  type CachedFile,
  type FileCacheOptions,
  type FileVersion,
  isNote,
  isOutOfSpace,
  outOfSpaceError,
  type StoredFileCache,
} from './cache.ts';
import { hasDigests, StreamDigests } from './digests.ts';
import { chooseEvicted, type EvictableEntry, listedEntries, totalSize } from './entries.ts';
import { isUsedElsewhere, rememberUse } from './eviction.ts';
import { isLocked, lockFile } from './lock-file.ts';
import { keepReadable, openRemovableFile } from './removable-file.ts';

/** Unreferenced files are kept this long, because another process may still read or write them. */
const GRACE_MS = 24 * 60 * 60 * 1000;

/** Default of {@link FileCacheOptions.maxSize}. */
const MAX_SIZE = 32 * 2 ** 30;

interface Entry extends FileVersion {
  /** The URL; compared on lookup, because the file name has only a hash of it. */
  key: string;
  /** Name of the data file. */
  data: string;
  size: number;
  /** See `StreamDigests`. */
  digests: string[];
}

/** Data files that had the right digests, by path, with the time of their last change. */
const verified = new Map<string, number>();

/**
 * A cache in a directory. Each key has an entry `<hash>.json` that names its data file. Both are written to temporary files, synced and then
 * renamed, the entry last, so that readers find either the old version or the new one. The time of the entry's last change is that of
 * the last use.
 */
export function directoryCache(
  directory: string,
  { maxSize = MAX_SIZE, mode }: FileCacheOptions = {},
): StoredFileCache {
  const hashOf = (key: string) => createHash('sha256').update(key).digest('hex').slice(0, 40);
  const entryPath = (key: string) => join(directory, `${hashOf(key)}.json`);
  /** Bytes stored since the last look at the size of the whole. */
  let unchecked = 0;

  /** The entry of a key whose data is there. Between reading an entry and its data, a new version may replace both. */
  async function find(key: string): Promise<Entry | undefined> {
    for (let previous: string | undefined; ; ) {
      const entry = await readEntry(entryPath(key));
      if (!entry || entry.key !== key || entry.data === previous) return undefined;
      const data = await stat(join(directory, entry.data)).catch(() => undefined);
      if (data) return data.size === entry.size ? entry : undefined;
      previous = entry.data;
    }
  }

  async function match(key: string): Promise<CachedFile | undefined> {
    const entry = await find(key);
    if (!entry) return undefined;
    const { etag, lastModified, size, data } = entry;
    return { etag, lastModified, size, open: () => openData(key, data), verify: () => verify(entry) };
  }

  async function openData(key: string, data: string): Promise<ByteSource> {
    const path = join(directory, data);
    await touch(entryPath(key), path);
    try {
      return await openRemovableFile(path);
    } catch (cause) {
      const newer = await find(key);
      if (newer && newer.data !== data) return openData(key, newer.data);
      throw new LoadError('changed', `${path}, the cached file of ${key}, was removed`, { url: key, cause });
    }
  }

  async function verify({ data, digests }: Entry): Promise<boolean> {
    const path = join(directory, data);
    const mtimeMs = (await stat(path).catch(() => undefined))?.mtimeMs;
    if (mtimeMs === undefined) return false;
    if (verified.get(path) === mtimeMs) return true;
    if (!(await hasDigests(await openRemovableFile(path), digests))) return false;
    verified.set(path, mtimeMs);
    return true;
  }

  async function entries(): Promise<(EvictableEntry & { entry: Entry })[]> {
    const found: (EvictableEntry & { entry: Entry })[] = [];
    for (const name of await readdir(directory).catch(() => [])) {
      if (!name.endsWith('.json')) continue;
      const entry = await readEntry(join(directory, name));
      const file = await stat(join(directory, name)).catch(() => undefined);
      if (!entry || !file || entryPath(entry.key) !== join(directory, name)) continue;
      const { key, size, etag, lastModified } = entry;
      found.push({
        ...{ key, size, etag, lastModified, entry },
        id: join(directory, entry.data),
        lastUsed: file.mtime,
      });
    }
    return found;
  }

  async function remove(key: string): Promise<boolean> {
    const entry = await readEntry(entryPath(key));
    await rm(entryPath(key), { force: true }).catch((error) => {
      // Where the directory is a file, there is none to delete.
      if ((error as NodeJS.ErrnoException).code !== 'ENOTDIR') throw error;
    });
    if (entry) await removeData(join(directory, entry.data));
    return entry !== undefined;
  }

  /** Removes files that were not used for the longest time, until there is room for `bytes` more. */
  async function makeRoom(bytes: number, keep: ReadonlySet<string>): Promise<void> {
    unchecked += bytes;
    const free = await freeBytes(directory);
    // Looking at all entries takes time: small files are checked together.
    if (unchecked * 10_000 < maxSize && bytes < free) return;
    unchecked = 0;
    const all = await entries();
    await removeAbandoned(directory, new Set(all.map(({ entry }) => entry.data)));
    const excess = Math.max(totalSize(all) + bytes - maxSize, bytes - free);
    const candidates = all.filter(
      ({ key, id, lastUsed }) => !keep.has(key) && !isUsedElsewhere(id, lastUsed.getTime()),
    );
    for (const { key } of chooseEvicted(candidates, excess)) await remove(key);
  }

  return {
    mode,
    name: directory,
    match,
    lock: (key, signal) => lockFile(join(directory, `${hashOf(key)}.lock`), signal),

    async put(key, version, chunks, { size: expected, keep } = {}) {
      const protectedKeys = new Set(keep).add(key);
      await mkdir(directory, { recursive: true });
      await makeRoom(expected ?? 0, protectedKeys);
      const unique = `${hashOf(key)}-${randomUUID()}`;
      const temporary = join(directory, `${unique}.part`);
      const data = `${unique}.data`;
      const path = join(directory, data);
      try {
        const { size, digests } = await writeChunks(temporary, chunks);
        await rename(temporary, path);
        const { etag, lastModified } = version;
        const entry: Entry = { key, data, size, etag, lastModified, digests };
        await writeChunks(temporary, [new TextEncoder().encode(JSON.stringify(entry))]);
        const previous = await readEntry(entryPath(key));
        const previousUse = (await stat(entryPath(key)).catch(() => undefined))?.mtimeMs ?? 0;
        await rename(temporary, entryPath(key));
        await setLastUse(entryPath(key), path);
        verified.set(path, (await stat(path)).mtimeMs);
        const old = previous && join(directory, previous.data);
        // Otherwise it is abandoned, and removed a day later.
        if (old !== undefined && old !== path && !isUsedElsewhere(old, previousUse)) await removeData(old);
        if (expected === undefined) await makeRoom(size, protectedKeys);
      } catch (error) {
        await rm(temporary, { force: true });
        await rm(path, { force: true });
        throw isOutOfSpace(error) ? outOfSpaceError(key, error) : error;
      }
      const stored = await match(key);
      if (!stored)
        throw new LoadError('unreadable', `cache ${directory}: ${key} is missing right after it was stored`);
      return stored;
    },

    delete: remove,

    list: async () => listedEntries(await entries(), isNote),

    size: async () => totalSize(await entries()),

    async verify() {
      const damaged: string[] = [];
      for (const { key, entry } of await entries()) {
        verified.delete(join(directory, entry.data));
        if (!(await verify(entry).catch(() => false))) damaged.push(key);
      }
      return damaged;
    },

    async clear() {
      for (const { key } of await entries()) await remove(key);
      await removeRemains(directory);
    },
  };
}

/** Sets the time of a file's last use to now, unless another process uses it. A cache that cannot be written to can still be read. */
async function touch(entryPath: string, dataPath: string): Promise<void> {
  const entry = await stat(entryPath).catch(() => undefined);
  if (entry && !isUsedElsewhere(dataPath, entry.mtimeMs))
    await setLastUse(entryPath, dataPath).catch(() => undefined);
}

async function setLastUse(entryPath: string, dataPath: string): Promise<void> {
  const now = new Date();
  await utimes(entryPath, now, now);
  rememberUse(dataPath, now.getTime());
}

/** Deletes a data file. Sources of it that are open in this process stay readable. */
async function removeData(path: string): Promise<void> {
  await keepReadable(path);
  await rm(path, { force: true });
  verified.delete(path);
}

async function writeChunks(
  path: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<{ size: number; digests: string[] }> {
  const handle = await open(path, 'wx');
  try {
    const digests = new StreamDigests();
    let size = 0;
    for await (const chunk of chunks) {
      await digests.add(chunk);
      await handle.appendFile(chunk);
      size += chunk.byteLength;
    }
    // Without a sync, the renamed file could survive a power failure while its content is lost.
    await handle.sync();
    return { size, digests: await digests.finish() };
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
    (entry.lastModified === undefined || typeof entry.lastModified === 'string') &&
    Array.isArray(entry.digests);
  return valid ? (entry as Entry) : undefined;
}

/** Free bytes of the disk that has the directory; infinite where the runtime does not say. */
async function freeBytes(directory: string): Promise<number> {
  try {
    // Not every runtime has this function: importing it by name would fail there.
    const { bavail, bsize } = await fs.statfs(directory);
    return bavail * bsize;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** A file of this cache by its name, which begins with the hash of its key: the directory may hold other files. */
const OWN_FILE = /^([\da-f]{40})(?:-[\da-f-]{36}\.(?:data|part)|\.json|\.lock(?:-[\da-f-]{36})?)$/;

/** Removes all files of a cache whose entries are removed, but those that a process is storing: of broken entries, and of interrupted writes. */
async function removeRemains(directory: string): Promise<void> {
  for (const name of await readdir(directory).catch(() => [])) {
    const [, hash] = OWN_FILE.exec(name) ?? [];
    if (hash === undefined || (await isLocked(join(directory, `${hash}.lock`)))) continue;
    await rm(join(directory, name), { force: true });
  }
}

/** Removes data files that are not among those of entries, remains of interrupted writes, and locks, that are older than {@link GRACE_MS}. */
async function removeAbandoned(directory: string, referenced: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!OWN_FILE.test(name) || name.endsWith('.json') || referenced.has(name)) continue;
    const path = join(directory, name);
    const file = await stat(path).catch(() => undefined);
    if (file && Date.now() - file.mtimeMs > GRACE_MS) await rm(path, { force: true });
  }
}
