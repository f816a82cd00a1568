import { LoadError } from '../errors.ts';
import type { StoredRecord } from './browser-cache-upkeep.ts';
import { type ByteSource, blobSource } from './bytes.ts';
import {
  type CachedFile,
  type FileCacheOptions,
  isNote,
  isOutOfSpace,
  NOTE_PARAMETER,
  noteKey,
  outOfSpaceError,
  type StoredFileCache,
} from './cache.ts';
import { hasDigests, StreamDigests } from './digests.ts';
import { IN_USE_MS, isUsedElsewhere, rememberUse } from './eviction.ts';

/** Default of {@link FileCacheOptions.maxSize}. */
const MAX_SIZE = 8 * 2 ** 30;

/** The header that names the record of a stored file. */
const ID_HEADER = 'x-headwise-id';

const idOf = (response: Response | undefined) => response?.headers.get(ID_HEADER);

/** Ids of files that had the right digests. */
const verified = new Set<string>();

const recordKey = (key: string, id: string) => noteKey(key, `record-${id}`);

/**
 * A cache based on the Cache API, which stores files on disk and writes them atomically. Each file has a record beside it, whose key has the
 * random id in the file's header. The record is stored before the file becomes visible.
 */
export function cacheStorageCache(
  storage: CacheStorage,
  name: string,
  { maxSize = MAX_SIZE, mode }: FileCacheOptions = {},
): StoredFileCache {
  const open = () => storage.open(name);

  /** A lock of the browser, which ends with its page. Undefined if another page has it and there is no signal. */
  function lock(key: string, signal?: AbortSignal): Promise<(() => Promise<void>) | undefined> {
    return new Promise((resolve, reject) => {
      const locks = globalThis.navigator?.locks as LockManager | undefined;
      if (!locks) return resolve(async () => undefined);
      const options = signal ? { signal } : { ifAvailable: true };
      const hold = (lock: Lock | null) =>
        lock ? new Promise<void>((release) => resolve(async () => release())) : resolve(undefined);
      locks.request(`${name} ${key}`, options, hold).catch(reject);
    });
  }

  async function find(key: string): Promise<{ record: StoredRecord; response: Response } | undefined> {
    const cache = await open();
    const response = await cache.match(key);
    const id = idOf(response);
    const stored = id && (await cache.match(recordKey(key, id)));
    return response && stored ? { record: await stored.json(), response } : undefined;
  }

  async function match(key: string): Promise<CachedFile | undefined> {
    const found = await find(key);
    if (!found) return undefined;
    const { record, response } = found;
    // A blob of a cached response is a handle to the file on disk, not a copy in memory. It stays readable when the file is deleted.
    const blob = await response.blob();
    if (blob.size !== record.size) return undefined;
    const { etag, lastModified, size } = record;
    return {
      ...{ etag, lastModified, size },
      async open() {
        await touch(record);
        return blobSource(blob);
      },
      verify: () => verify(record, blobSource(blob)),
    };
  }

  async function verify({ id, digests }: StoredRecord, source: ByteSource): Promise<boolean> {
    if (!verified.has(id) && (await hasDigests(source, digests))) verified.add(id);
    return verified.has(id);
  }

  /** Sets the time of the last use to now, unless another page uses the file. */
  async function touch(record: StoredRecord): Promise<void> {
    if (isUsedElsewhere(record.id, record.lastUsed)) return;
    await write({ ...record, lastUsed: Date.now() }).catch(() => undefined);
  }

  async function write(record: StoredRecord): Promise<void> {
    await (await open()).put(recordKey(record.key, record.id), new Response(JSON.stringify(record)));
    rememberUse(record.id, record.lastUsed);
  }

  async function remove(key: string): Promise<boolean> {
    const cache = await open();
    const id = idOf(await cache.match(key));
    if (id) await cache.delete(recordKey(key, id));
    return cache.delete(key);
  }

  /** What is done with all records, rarely, is imported then. */
  const upkeep = async () =>
    (await import('./browser-cache-upkeep.ts')).browserCacheUpkeep({
      open,
      match,
      delete: remove,
      isNote,
      isUsedElsewhere,
      idOf,
      isRecord: (url) => url.includes(`${NOTE_PARAMETER}=record-`),
      isRecent: (lastUsed) => Date.now() - lastUsed <= IN_USE_MS,
      forget: (id) => verified.delete(id),
    });

  /** Removes files that were not used for the longest time, until there is room for `bytes` more. */
  async function makeRoom(bytes: number, keep: ReadonlySet<string>): Promise<void> {
    const { quota = Infinity, usage } = (await globalThis.navigator?.storage?.estimate?.()) ?? {};
    // The usage is that of the whole origin: records need not be read far below the limits.
    if (usage !== undefined && usage + bytes <= Math.min(maxSize, quota)) return;
    await (await upkeep()).makeRoom(bytes, maxSize, quota - (usage ?? 0), keep);
  }

  return {
    mode,
    name,
    match,
    lock,

    async put(key, version, chunks, { size, keep } = {}) {
      const cache = await open();
      const protectedKeys = new Set(keep).add(key);
      await makeRoom(size ?? 0, protectedKeys);
      const previous = idOf(await cache.match(key));
      const id = crypto.randomUUID();
      const { etag, lastModified } = version;
      async function* withRecord() {
        const digests = new StreamDigests();
        let size = 0;
        for await (const chunk of chunks) {
          await digests.add(chunk);
          size += chunk.byteLength;
          yield chunk;
        }
        const stored = { key, id, size, etag, lastModified, digests: await digests.finish() };
        await write({ ...stored, lastUsed: Date.now() });
      }
      const headers = { 'content-type': 'application/octet-stream', [ID_HEADER]: id };
      try {
        await cache.put(key, new Response(toReadableStream(withRecord()), { headers }));
      } catch (error) {
        await cache.delete(recordKey(key, id));
        throw isOutOfSpace(error) ? outOfSpaceError(key, error) : error;
      }
      verified.add(id);
      if (previous) await cache.delete(recordKey(key, previous));
      if (size === undefined) await makeRoom(0, protectedKeys);
      const stored = await match(key);
      if (!stored)
        throw new LoadError(
          'unreadable',
          `cache ${JSON.stringify(name)}: ${key} is missing right after it was stored`,
        );
      return stored;
    },

    delete: remove,

    list: async () => (await upkeep()).list(),
    size: async () => (await upkeep()).size(),
    verify: async () => (await upkeep()).verify(),

    async clear() {
      await storage.delete(name);
    },
  };
}

/** `ReadableStream.from`, which not all browsers support. */
function toReadableStream(chunks: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await iterator.return?.();
    },
  });
}
