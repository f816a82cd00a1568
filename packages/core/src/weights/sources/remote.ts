import { LoadError } from '../../errors.ts';
import { type ByteSource, concatChunks, memorySource } from '../../platform/bytes.ts';
import {
  type CachedFile,
  type CacheMode,
  type FileCache,
  isSameVersion,
  noteKey,
} from '../../platform/cache.ts';
import { afterHold, arrivingFile } from './arriving-file.ts';
import { cacheKey } from './cache-key.ts';
import { isLarge } from './file-limits.ts';
import type { FileReporter } from './progress.ts';
import { absentError, damagedError, hiddenError, isForbidden, withHint } from './remote-errors.ts';
import type { FileStore } from './repository.ts';
import {
  discardBody,
  isPageInstead,
  isRetryable,
  isUnreachable,
  type RemoteFile,
  request,
} from './request.ts';
import { Retries } from './retries.ts';
import { revalidationTimeout, Transfer, type TransferOptions } from './transfer.ts';
import { takeTurn } from './turns.ts';

export interface RemoteStoreOptions extends Omit<TransferOptions, 'signal'> {
  readonly location: string;
  readonly urlOf: (name: string) => URL;
  readonly cache: FileCache | undefined;
  readonly mode: CacheMode;
  /** Whether cached files are verified before they are used. */
  readonly verify: boolean;
  /** What to add to the message where the server has no file, or denies it, before any file could be read. */
  readonly hint: string | undefined;
}

/** What is known of a file before it is downloaded. */
interface Begun {
  readonly file: RemoteFile;
  readonly transfer: Transfer;
  readonly cached?: CachedFile | undefined;
  /** Why the cache could not be read. */
  readonly failure?: unknown;
  /** The answer of a request that was sent ahead. */
  readonly answer?: Promise<unknown>;
  /** The file that another loader has downloaded in the meantime. */
  readonly shared?: ByteSource | undefined;
  /** Lets another loader download the file. */
  release(result?: ByteSource): Promise<void>;
}

/** How long a loader waits for a small file that another one downloads. */
const SMALL_FILE_WAIT = 10_000;

/** A store of files on a server, with an optional cache. */
export function remoteStore(options: RemoteStoreOptions): FileStore {
  const { location, urlOf, cache, mode } = options;
  /** Whether the server has sent a file. */
  let isReadable = false;
  /** Whether a file came from the cache: the model was loaded before. */
  let isCached = false;
  /** Whether the server could not be reached when a cached file was needed: the rest comes from the cache without waiting for it again. */
  let isOffline = false;
  /** Whether a file came in another version than the cache has. */
  let hasChanged = false;
  /** Keys of the files of this model in the cache. */
  const keep = new Set<string>();
  /** Files that were asked for and not read yet. */
  const ahead = new Map<string, Promise<Begun | undefined>>();
  /** The first of them. */
  let lead: Promise<Begun | undefined> | undefined;

  // Files of two versions do not fit together: once a new one came, the others are needed too.
  const asksServer = () => mode === 'revalidate' && (!isOffline || hasChanged);

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

  /** Looks a file up in the cache, and waits while another loader downloads it. */
  async function begin(name: string, signal: AbortSignal | undefined): Promise<Begun> {
    const file = { name, url: urlOf(name) };
    const key = cacheKey(file.url);
    const begun = {
      ...(await matchCache(cache, file)),
      file,
      transfer: new Transfer(file, { ...options, signal }),
    };
    signal?.throwIfAborted();
    if (!(await needsServer(begun))) return { ...begun, release: async () => undefined };
    const wait = isLarge(name) ? Infinity : SMALL_FILE_WAIT;
    const { release, waited, result } = await takeTurn(options, key, wait, signal);
    if (!waited) return { ...begun, release };
    const { cached } = await matchCache(cache, file);
    const isNew = cached && !(begun.cached && isSameVersion(begun.cached, cached));
    return { ...begun, shared: result ?? (isNew ? await cached.open() : undefined), release };
  }

  const needsServer = async ({ file, cached }: Pick<Begun, 'file' | 'cached'>) =>
    cached ? asksServer() : !(await isKnownAbsent(file));

  /** {@link begin}, and the request that {@link open} and {@link has} need. */
  async function ask(
    name: string,
    signal: AbortSignal | undefined,
    lead?: Promise<Begun | undefined>,
  ): Promise<Begun | undefined> {
    if (lead && !(await isServed(lead))) return undefined;
    const begun = await begin(name, signal);
    const { cached, transfer, file, shared } = begun;
    if (shared || !(await needsServer(begun))) return begun;
    const isBrief = cached || (await absence.isKnown(file));
    const answer = transfer.ask(cached, isBrief ? revalidationTimeout(options.timeout) : options.timeout);
    answer.catch(() => begun.release());
    return { ...begun, answer };
  }

  function prefetch(names: readonly string[], signal: AbortSignal | undefined): void {
    signal?.addEventListener('abort', close, { once: true });
    for (const name of names) {
      if (ahead.has(name)) continue;
      const asking = ask(name, signal, lead);
      asking.then(
        () => isLarge(name) && afterHold(() => giveUp(name, asking)),
        () => undefined,
      );
      lead ??= asking;
      ahead.set(name, asking);
    }
  }

  /** Gives up what was asked for and not read. */
  function close(): void {
    for (const name of [...ahead.keys()]) giveUp(name);
  }

  function giveUp(name: string, only = ahead.get(name)): void {
    const asking = ahead.get(name);
    if (asking !== only) return;
    ahead.delete(name);
    asking?.then(
      (begun) => {
        void begun?.transfer.cancel();
        void begun?.release();
      },
      () => undefined,
    );
  }

  async function has(name: string, signal: AbortSignal | undefined): Promise<boolean> {
    const file = { name, url: urlOf(name) };
    const begun = await ahead.get(name);
    let answer = begun?.answer;
    const { cached } = begun ?? (await matchCache(cache, file));
    if (begun?.shared || (cached && !asksServer())) return true;
    if (!cached && ((await isKnownAbsent(file)) || (isOffline && isCached))) return false;
    const wasAbsent = !cached && (await absence.isKnown(file));
    const timeout = cached || wasAbsent ? revalidationTimeout(options.timeout) : options.timeout;
    const retries = new Retries({ ...options, signal });
    for (;;) {
      try {
        await (answer ?? requireFile(file, { ...options, signal, timeout }));
        isReadable = true;
        await absence.forget(file);
        return true;
      } catch (error) {
        signal?.throwIfAborted();
        answer = undefined;
        ahead.delete(name);
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

  async function open(
    name: string,
    reporter: FileReporter,
    signal: AbortSignal | undefined,
    isPart: boolean,
  ): Promise<ByteSource> {
    keep.add(cacheKey(urlOf(name)));
    const asked = await ahead.get(name);
    ahead.delete(name);
    const begun = asked ?? (await begin(name, signal));
    try {
      const source = await openBegun(begun, reporter, signal, isPart);
      if (!source.whole) await begun.release(source);
      return source;
    } catch (error) {
      await begun.release();
      throw error;
    }
  }

  async function openBegun(
    begun: Begun,
    reporter: FileReporter,
    signal: AbortSignal | undefined,
    isPart: boolean,
  ): Promise<ByteSource> {
    const { file, cached, failure, transfer, shared, answer, release } = begun;
    const { name } = file;
    transfer.reporter = reporter;
    if (failure !== undefined) reporter.cacheFailed(failure);
    signal?.throwIfAborted();
    if (shared) {
      reporter.complete(shared.size, true);
      return shared;
    }
    if (!cached && (await isKnownAbsent(file))) throw absentError(file, mode);
    // Without a download's retries: a server that is out of reach then counts as one that does not have the file.
    if (!cached && !answer && (await absence.isKnown(file)) && !(await has(name, signal)))
      throw absentError(file, mode);
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
      throw withHint(error, options.hint);
    }
    const finish = async (chunks?: AsyncIterable<Uint8Array>) => {
      try {
        const source = await download(file, transfer, { ...options, keep, chunks }, reporter, signal);
        reporter.complete(source.size, false);
        isReadable = true;
        hasChanged ||= cached !== undefined && !isDamaged;
        await absence.forget(file);
        await release(source);
        return source;
      } finally {
        await release();
      }
    };
    try {
      if (!isPart) return await finish();
      const source = arrivingFile({
        file,
        transfer,
        requests: { ...options, signal },
        download(chunks) {
          // All that was needed before the weights was read.
          close();
          return finish(chunks);
        },
        reopen: () => open(name, reporter, signal, false),
        onClose: () => void release(),
      });
      // As much as tells a page from a file.
      await source.read(0, Math.min(64, source.size));
      isReadable = true;
      return source;
    } catch (error) {
      if (!cached || isDamaged || hasChanged || !isPageInstead(error)) throw error;
      isOffline = true;
      return use(cached, reporter);
    }
  }

  return {
    location,
    // HTTP cannot list directories.
    list: async () => undefined,
    has,
    open,
    prefetch,
    close,
  };

  /** Whether the server has another version than the cache. False if the server is unavailable. */
  async function isOutdated(cached: CachedFile, transfer: Transfer): Promise<boolean> {
    try {
      const isChanged = await transfer.startIfChanged(cached);
      isReadable = true;
      return isChanged;
    } catch (error) {
      if (!isRetryable(error) && !isPageInstead(error)) throw error;
      if (!hasChanged) {
        isOffline = true;
        return false;
      }
      await transfer.start();
      return true;
    }
  }
}

/** Whether the server answers: where the first file is cached, it need not, and the others are then not asked for. */
async function isServed(lead: Promise<Begun | undefined>): Promise<boolean> {
  const { cached, answer } = (await lead.catch(() => undefined)) ?? {};
  return !cached || !answer || answer.then(Boolean, () => false);
}

async function* noChunks(): AsyncGenerator<Uint8Array> {}

interface DownloadOptions {
  readonly cache: FileCache | undefined;
  readonly keep: ReadonlySet<string>;
  /** The bytes of the file, of which some were read already. Default: those of the transfer. */
  readonly chunks: AsyncIterable<Uint8Array> | undefined;
}

/** Reads a started transfer into the cache, or into memory if there is no cache or it fails. */
async function download(
  file: RemoteFile,
  transfer: Transfer,
  { cache, keep, chunks }: DownloadOptions,
  reporter: FileReporter,
  signal: AbortSignal | undefined,
): Promise<ByteSource> {
  for (let [target, given] = [cache, chunks]; ; given = undefined) {
    try {
      const incoming = given ?? transfer.chunks();
      if (!target) return await readIntoMemory(incoming);
      const { version, size } = transfer;
      const stored = await target.put(cacheKey(file.url), version, incoming, { size, keep });
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
