import { LoadError } from '../../errors.ts';
import { type ByteSource, concatChunks, memorySource } from '../../platform/bytes.ts';
import type { CachedFile, FileCache } from '../../platform/cache.ts';
import type { FileReporter } from './progress.ts';
import type { FileStore } from './repository.ts';
import { discardBody, errorDetails, isRetryable, type RemoteFile, request } from './request.ts';
import { Retries } from './retries.ts';
import { Transfer, type TransferOptions } from './transfer.ts';

export interface RemoteStoreOptions extends Omit<TransferOptions, 'signal'> {
  readonly location: string;
  readonly urlOf: (name: string) => URL;
  readonly cache: FileCache | undefined;
  /** What to add to the message where the server has no file, or denies it, before any file could be read. */
  readonly hint?: string;
}

/** A store of files on a server, with an optional cache. */
export function remoteStore(options: RemoteStoreOptions): FileStore {
  const { location, urlOf, cache } = options;
  let isReadable = false;
  return {
    location,
    // HTTP cannot list directories.
    list: async () => undefined,

    async has(name, signal) {
      const file = { name, url: urlOf(name) };
      const retries = new Retries(file, { ...options, signal });
      for (;;) {
        try {
          return await exists(file, { ...options, signal });
        } catch (error) {
          if (isReadable && isForbidden(error)) return false;
          if ((await matchCache(cache, file)).cached) return true;
          // Offline, only cached files exist.
          if (cache && error instanceof LoadError && error.reason === 'network') return false;
          await retries.backOff(error);
        }
      }
    },

    async open(name, reporter, signal) {
      const file = { name, url: urlOf(name) };
      const { cached, failure } = await matchCache(cache, file);
      if (failure !== undefined) reporter.cacheFailed(failure);
      signal?.throwIfAborted();
      const transfer = new Transfer(file, { ...options, signal }, reporter);
      try {
        if (!cached) {
          await transfer.start();
        } else if (!(await isOutdated(cached, transfer))) {
          const source = await cached.open();
          reporter.complete(source.size, true);
          isReadable = true;
          return source;
        }
      } catch (error) {
        if (isReadable) throw isForbidden(error) ? hiddenError(file, error) : error;
        throw withHint(file, error, options.hint);
      }
      const source = await download(file, transfer, cache, reporter, signal);
      reporter.complete(source.size, false);
      isReadable = true;
      return source;
    },
  };
}

/**
 * S3 and CloudFront answer 403 for a file that does not exist, unless the reader may list the bucket. Where another file could be read, it
 * counts as absent.
 */
function isForbidden(error: unknown): error is LoadError {
  return error instanceof LoadError && error.reason === 'unauthorized' && error.status === 403;
}

function withHint(file: RemoteFile, error: unknown, hint: string | undefined): unknown {
  const isUnknown =
    error instanceof LoadError && ['not-found', 'unauthorized', 'network'].includes(error.reason);
  if (!isUnknown || hint === undefined) return error;
  const { status } = error;
  const details = errorDetails(file, { ...(status !== undefined && { status }), cause: error });
  return new LoadError(error.reason, `${error.message}; ${hint}`, details);
}

function hiddenError(file: RemoteFile, cause: LoadError): LoadError {
  const message = `${file.name}: not found at ${file.url.href}, or it may not be read (HTTP 403)`;
  return new LoadError('not-found', message, errorDetails(file, { status: 403, cause }));
}

/** Whether the server has another version than the cache. False if the server is unavailable. */
async function isOutdated(cached: CachedFile, transfer: Transfer): Promise<boolean> {
  try {
    return await transfer.startIfChanged(cached);
  } catch (error) {
    if (isRetryable(error)) return false;
    throw error;
  }
}

/** Reads a started transfer into the cache, or into memory if there is no cache or it fails. */
async function download(
  file: RemoteFile,
  transfer: Transfer,
  cache: FileCache | undefined,
  reporter: FileReporter,
  signal: AbortSignal | undefined,
): Promise<ByteSource> {
  for (let target = cache; ; ) {
    try {
      if (!target) return await readIntoMemory(transfer.chunks());
      const stored = await target.put(file.url.href, transfer.version, transfer.chunks());
      return await stored.open();
    } catch (error) {
      signal?.throwIfAborted();
      if (!transfer.needsRestart) {
        // A cache may wrap the error of the download; the original is more specific.
        if (transfer.failure !== undefined) throw transfer.failure;
        if (!target) throw error;
        // The disk may be full or read-only, or the browser's quota exceeded. Loading continues in memory.
        reporter.cacheFailed(error);
        target = undefined;
      }
      await transfer.start();
    }
  }
}

async function readIntoMemory(chunks: AsyncIterable<Uint8Array>): Promise<ByteSource> {
  const received: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    received.push(chunk);
    size += chunk.byteLength;
  }
  return memorySource(concatChunks(received, size));
}

/** Looks up a file in the cache. A failing cache, such as in private windows of some browsers, counts as no cache. */
async function matchCache(
  cache: FileCache | undefined,
  file: RemoteFile,
): Promise<{ cached?: CachedFile | undefined; failure?: unknown }> {
  try {
    return { cached: await cache?.match(file.url.href) };
  } catch (failure) {
    return { failure };
  }
}

/** Whether a file exists, without downloading it. */
async function exists(file: RemoteFile, options: TransferOptions): Promise<boolean> {
  try {
    await discardBody(await request(file, options, {}, 'HEAD'));
    return true;
  } catch (error) {
    if (!(error instanceof LoadError)) throw error;
    if (error.reason === 'not-found') return false;
    // Some servers do not support HEAD, and URLs signed for GET reject it: falls back to GET.
    if (![401, 403, 405, 501].includes(error.status ?? 0)) throw error;
  }
  try {
    await discardBody(await request(file, options));
    return true;
  } catch (error) {
    if (error instanceof LoadError && error.reason === 'not-found') return false;
    throw error;
  }
}
