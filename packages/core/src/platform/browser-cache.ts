import { LoadError } from '../errors.ts';
import { blobSource } from './bytes.ts';
import type { CachedFile, FileCache } from './cache.ts';

/** A {@link FileCache} based on the Cache API, which stores files on disk and writes them atomically. */
export function cacheStorageCache(storage: CacheStorage, name: string): FileCache {
  async function match(key: string): Promise<CachedFile | undefined> {
    const response = await (await storage.open(name)).match(key);
    if (!response) return undefined;
    // A blob of a cached response is a handle to the file on disk, not a copy in memory.
    const blob = await response.blob();
    return {
      etag: response.headers.get('etag') ?? undefined,
      lastModified: response.headers.get('last-modified') ?? undefined,
      size: blob.size,
      open: async () => blobSource(blob),
    };
  }

  return {
    match,

    async put(key, version, chunks) {
      const headers = new Headers({ 'content-type': 'application/octet-stream' });
      if (version.etag !== undefined) headers.set('etag', version.etag);
      if (version.lastModified !== undefined) headers.set('last-modified', version.lastModified);
      const cache = await storage.open(name);
      await cache.put(key, new Response(toReadableStream(chunks), { headers }));
      const stored = await match(key);
      if (!stored)
        throw new LoadError(
          'unreadable',
          `cache ${JSON.stringify(name)}: ${key} is missing right after it was stored`,
        );
      return stored;
    },

    async delete(key) {
      return (await storage.open(name)).delete(key);
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
