import { LoadError } from '../../errors.ts';
import { type ByteSource, concatChunks, memorySource } from '../../platform/bytes.ts';
import { type CachedFile, type CacheMode, type FileCache, noteKey } from '../../platform/cache.ts';
import { cacheKey } from './cache-key.ts';
import type { FileReporter } from './progress.ts';
import type { FileStore } from './repository.ts';
import {
  addressOf,
  discardBody,
  errorDetails,
  isPageInstead,
  isRetryable,
  isUnreachable,
  type RemoteFile,
  request,
} from './request.ts';
import { Retries } from './retries.ts';
import { revalidationTimeout, Transfer, type TransferOptions } from './transfer.ts';

export interface RemoteStoreOptions extends Omit<TransferOptions, 'signal'> {
  readonly location: string;
  readonly urlOf: (name: string) => URL;
  readonly cache: FileCache | undefined;
  readonly mode: CacheMode;
  /** Whether cached files are verified before they are used. */
  readonly verify: boolean;
  /** What to add to the message where the server has no file, or denies it, before any file could be read. */
  readonly hint?: string;
}

/** A store of files on a server, with an optional cache. */
export function remoteStore(options: RemoteStoreOptions): FileStore {
  const { location, urlOf, cache, mode } = options;
  /** Whether the server has sent a file. */
  let isReadable = false;
  /** Whether a file came from the cache: the model was loaded before. */
  let isCached = false;
  /** Whether the server could not be reached when a cached file was needed: the rest comes from the cache without waiting for it again. */
  let isOffline = false;
  /** Keys of the files of this model in the cache. */
  const keep = new Set<string>();

  const asksServer = () => mode === 'revalidate' && !isOffline;

  /** The cached note that the server does not have a file. */
  const absence = {
    key: (file: RemoteFile) => noteKey(cacheKey(file.url), 'absent'),
    /** Whether the file was absent when the model was loaded. */
    async isKnown(file: RemoteFile): Promise<boolean> {
      return (await cache?.match(absence.key(file)).catch(() => undefined)) !== undefined;
    },
    async note(file: RemoteFile, error?: unknown): Promise<void> {
      // A page instead of every file may be the login of a network.
      if (!cache || (isPageInstead(error) && !isReadable) || (await absence.isKnown(file))) return;
      await cache.put(absence.key(file), {}, noChunks(), { size: 0 }).catch(() => undefined);
    },
    async forget(file: RemoteFile): Promise<void> {
      await cache?.delete(absence.key(file)).catch(() => undefined);
    },
  };

  /** Whether a file that is not cached is known to be absent without asking the server. */
  async function isKnownAbsent(file: RemoteFile): Promise<boolean> {
    if (mode === 'only') return true;
    return !asksServer() && (await absence.isKnown(file));
  }

  async function use(cached: CachedFile, reporter: FileReporter): Promise<ByteSource> {
    const source = await cached.open();
    reporter.complete(source.size, true);
    isCached = true;
    return source;
  }

  async function has(name: string, signal: AbortSignal | undefined): Promise<boolean> {
    const file = { name, url: urlOf(name) };
    const { cached } = await matchCache(cache, file);
    if (cached && !asksServer()) return true;
    if (!cached && ((await isKnownAbsent(file)) || (isOffline && isCached))) return false;
    const wasAbsent = !cached && (await absence.isKnown(file));
    const timeout = cached || wasAbsent ? revalidationTimeout(options.timeout) : options.timeout;
    const retries = new Retries(file, { ...options, signal });
    for (;;) {
      try {
        await requireFile(file, { ...options, signal, timeout });
        isReadable = true;
        await absence.forget(file);
        return true;
      } catch (error) {
        signal?.throwIfAborted();
        const isAbsent = error instanceof LoadError && error.reason === 'not-found';
        if (isAbsent && !(cached && isPageInstead(error))) {
          await absence.note(file, error);
          return false;
        }
        if (isReadable && isForbidden(error)) {
          await absence.note(file);
          return false;
        }
        if (cached) {
          isOffline ||= isUnreachable(error) || isPageInstead(error);
          return true;
        }
        if (isUnreachable(error) && (isCached || wasAbsent)) {
          isOffline = true;
          return false;
        }
        await retries.backOff(error);
      }
    }
  }

  return {
    location,
    // HTTP cannot list directories.
    list: async () => undefined,
    has,

    async open(name, reporter, signal) {
      const file = { name, url: urlOf(name) };
      keep.add(cacheKey(file.url));
      const { cached, failure } = await matchCache(cache, file);
      if (failure !== undefined) reporter.cacheFailed(failure);
      signal?.throwIfAborted();
      if (!cached && (await isKnownAbsent(file))) throw absentError(file, mode);
      // Without a download's retries: a server that is out of reach then counts as one that does not have the file.
      if (!cached && (await absence.isKnown(file)) && !(await has(name, signal)))
        throw absentError(file, mode);
      const transfer = new Transfer(file, { ...options, signal }, reporter);
      let isDamaged = false;
      try {
        if (!cached) {
          await transfer.start();
        } else if (!asksServer() || !(await isOutdated(cached, transfer))) {
          isDamaged = options.verify && (await cached.verify?.()) === false;
          if (!isDamaged) return await use(cached, reporter);
          await cache?.delete(cacheKey(file.url)).catch(() => undefined);
          signal?.throwIfAborted();
          if (mode === 'only') throw damagedError(file);
          await transfer.start();
        }
      } catch (error) {
        if (isDamaged && isUnreachable(error)) throw damagedError(file, error);
        const isHidden = isReadable && isForbidden(error);
        if (isHidden || (error instanceof LoadError && error.reason === 'not-found'))
          await absence.note(file, error);
        if (isReadable) throw isHidden ? hiddenError(file, error) : error;
        throw withHint(file, error, options.hint);
      }
      try {
        const source = await download(file, transfer, { ...options, keep }, reporter, signal);
        reporter.complete(source.size, false);
        isReadable = true;
        await absence.forget(file);
        return source;
      } catch (error) {
        if (!cached || isDamaged || !isPageInstead(error)) throw error;
        isOffline = true;
        return use(cached, reporter);
      }
    },
  };

  /** Whether the server has another version than the cache. False if the server is unavailable. */
  async function isOutdated(cached: CachedFile, transfer: Transfer): Promise<boolean> {
    try {
      const isChanged = await transfer.startIfChanged(cached);
      isReadable = true;
      return isChanged;
    } catch (error) {
      if (!isRetryable(error) && !isPageInstead(error)) throw error;
      isOffline ||= isUnreachable(error) || isPageInstead(error);
      return false;
    }
  }
}

async function* noChunks(): AsyncGenerator<Uint8Array> {}

function absentError(file: RemoteFile, mode: CacheMode): LoadError {
  const why =
    mode === 'only'
      ? "it is not in the cache (cache: 'only')"
      : 'the server did not have it when it was asked last';
  return new LoadError(
    'not-found',
    `${file.name}: not found at ${addressOf(file)}: ${why}`,
    errorDetails(file),
  );
}

function damagedError(file: RemoteFile, cause?: unknown): LoadError {
  const message = `${file.name}: the copy of ${addressOf(file)} in the cache is damaged and was deleted; load it again with the server in reach`;
  return new LoadError('damaged', message, errorDetails(file, { cause }));
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
    error instanceof LoadError && ['not-found', 'unauthorized', 'network', 'timeout'].includes(error.reason);
  if (!isUnknown || hint === undefined) return error;
  const { status } = error;
  const details = errorDetails(file, { ...(status !== undefined && { status }), cause: error });
  return new LoadError(error.reason, `${error.message}; ${hint}`, details);
}

function hiddenError(file: RemoteFile, cause: LoadError): LoadError {
  const message = `${file.name}: not found at ${addressOf(file)}, or it may not be read (HTTP 403)`;
  return new LoadError('not-found', message, errorDetails(file, { status: 403, cause }));
}

/** Reads a started transfer into the cache, or into memory if there is no cache or it fails. */
async function download(
  file: RemoteFile,
  transfer: Transfer,
  { cache, keep }: { readonly cache: FileCache | undefined; readonly keep: ReadonlySet<string> },
  reporter: FileReporter,
  signal: AbortSignal | undefined,
): Promise<ByteSource> {
  for (let target = cache; ; ) {
    try {
      if (!target) return await readIntoMemory(transfer.chunks());
      const { version, size } = transfer;
      const stored = await target.put(cacheKey(file.url), version, transfer.chunks(), { size, keep });
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
    return { cached: await cache?.match(cacheKey(file.url)) };
  } catch (failure) {
    return { failure };
  }
}

/** Rejects if a file does not exist or cannot be requested. Does not download it. */
async function requireFile(file: RemoteFile, options: TransferOptions): Promise<void> {
  try {
    await discardBody(await request(file, options, { method: 'HEAD' }));
    return;
  } catch (error) {
    if (!(error instanceof LoadError)) throw error;
    // Some servers do not support HEAD, and URLs signed for GET reject it: falls back to GET.
    if (![401, 403, 405, 501].includes(error.status ?? 0)) throw error;
  }
  await discardBody(await request(file, options));
}
