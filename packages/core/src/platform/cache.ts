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
}

/**
 * A cache of downloaded files by requested URL. Implementations must be atomic: a file is stored completely or not at
 * all, even if a write fails or several writers store the same key.
 */
export interface FileCache {
  /** The file stored under `key`, if any. */
  match(key: string): Promise<CachedFile | undefined>;
  /** Stores `chunks`, replacing a file of the same key. If `chunks` throws, nothing is stored and the call rejects. */
  put(key: string, version: FileVersion, chunks: AsyncIterable<Uint8Array>): Promise<CachedFile>;
  /** Deletes the file; false if there was none. */
  delete(key: string): Promise<boolean>;
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
