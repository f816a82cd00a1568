import { LoadError } from '../errors.ts';
import type { ByteSource } from './bytes.ts';

/** The validators of a file version, from the headers of the response. */
export interface FileVersion {
  /** The `ETag` header, unchanged. */
  readonly etag?: string | undefined;
  /** The `Last-Modified` header, unchanged. */
  readonly lastModified?: string | undefined;
}

/** A complete file in a cache. */
export interface CachedFile extends FileVersion {
  /** Size in bytes. */
  readonly size: number;
  open(): Promise<ByteSource>;
  /**
   * Whether the file has the bytes that were stored. Reads and hashes it the first time in a process; later calls resolve at once unless the
   * file was modified. A cache without this function is trusted.
   */
  verify?(): Promise<boolean>;
}

/** What a cache should know of a file that it stores. */
export interface PutOptions {
  /** Size in bytes if it is known before the file is read. */
  readonly size?: number | undefined;
  /** Keys of files that may not be removed to make room for this one: those of the same model. */
  readonly keep?: ReadonlySet<string>;
}

/**
 * When cached files are used:
 * - `prefer`: without a request;
 * - `revalidate`: after the server confirmed that they are current, or cannot be reached;
 * - `only`: without a request, and files that are not cached count as missing.
 */
export type CacheMode = 'prefer' | 'revalidate' | 'only';

/**
 * A cache of downloaded files by URL. Implementations must be atomic: a file is stored completely or not at all, even if a write fails or
 * several writers store the same key.
 */
export interface FileCache {
  /** When the files are used. Default: `revalidate`. */
  readonly mode?: CacheMode | undefined;
  /** Names what stores the files: caches of one name have the same files. */
  readonly name?: string;
  /**
   * Lets one loader at a time download a file, of all processes or pages that share the cache. Resolves to a function that ends this; without a signal to
   * undefined if another loader has the file, and with one when that has ended. Rejects with the signal's reason when it is aborted. Default: loaders in
   * one process alone wait for each other.
   */
  lock?(key: string, signal?: AbortSignal): Promise<(() => Promise<void>) | undefined>;
  /** The file stored under `key`, if any. */
  match(key: string): Promise<CachedFile | undefined>;
  /** Stores `chunks`, replacing a file of the same key. If `chunks` throws, nothing is stored and the call rejects. */
  put(
    key: string,
    version: FileVersion,
    chunks: AsyncIterable<Uint8Array>,
    options?: PutOptions,
  ): Promise<CachedFile>;
  /** Deletes the file; false if there was none. */
  delete(key: string): Promise<boolean>;
}

/** A file in the list of a cache. */
export interface CacheEntry extends FileVersion {
  /** The URL of the file, without the parts of its query that sign it. */
  readonly key: string;
  /** Size in bytes. */
  readonly size: number;
  readonly lastUsed: Date;
}

/** The platform's cache, as `openFileCache` returns it. */
export interface StoredFileCache extends FileCache {
  /** The cached files, by the time of their last use, the latest first. */
  list(): Promise<CacheEntry[]>;
  /** Size of all files in bytes. */
  size(): Promise<number>;
  /** Reads all files and returns the keys of those whose bytes are not those that were stored. Deletes nothing. */
  verify(): Promise<string[]>;
  /** Deletes all files. */
  clear(): Promise<void>;
}

/** Options of `openFileCache`. */
export interface FileCacheOptions {
  /**
   * Size in bytes above which the files that were not used for the longest time are removed when another is stored. Files of the model that
   * is being loaded, and files that other processes or pages have used in the last minute, are kept, even above the limit. Default:
   * 32 GiB in Node, 8 GiB in browsers, and no more than the disk or the browser has room for.
   */
  readonly maxSize?: number;
  /** When the files are used (see `SourceOptions.cache`). Default: `revalidate`. */
  readonly mode?: CacheMode;
}

/** Whether two versions are known to be the same file. False if they have no validator in common. */
export function isSameVersion(a: FileVersion, b: FileVersion): boolean {
  if (a.etag !== undefined && b.etag !== undefined)
    return stripWeakPrefix(a.etag) === stripWeakPrefix(b.etag);
  return a.lastModified !== undefined && a.etag === b.etag && a.lastModified === b.lastModified;
}

/** Weak comparison of ETags (RFC 9110, section 8.8.3.2): sufficient to reuse a cached file, not to join ranges. */
function stripWeakPrefix(etag: string): string {
  return etag.startsWith('W/') ? etag.slice(2) : etag;
}

/** A parameter of keys whose files are notes of this library: that a file does not exist, for example. They are not listed. */
export const NOTE_PARAMETER = 'headwise-note';

/** The key of a note about the file of another key. */
export function noteKey(key: string, note: string): string {
  return `${key}${key.includes('?') ? '&' : '?'}${NOTE_PARAMETER}=${note}`;
}

/** Whether a key is that of a note. */
export const isNote = (key: string): boolean => key.includes(`${NOTE_PARAMETER}=`);

/** Whether an error says that the disk is full or the quota of the browser exceeded. */
export function isOutOfSpace(error: unknown): boolean {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return code === 'ENOSPC' || code === 'EDQUOT' || name === 'QuotaExceededError';
}

export function outOfSpaceError(key: string, error: unknown): LoadError {
  const message = `cache: no room for ${key}: the disk is full or the quota is exceeded; delete files that 'list' of openFileCache() shows, or load with cache: false`;
  return new LoadError('no-space', message, { url: key, cause: error });
}
