import type { ByteSource } from './bytes.ts';

/** What a server says of the version of a file that it sends. */
export interface FileVersion {
  /** The `ETag` header, as it came. */
  readonly etag?: string | undefined;
  /** The `Last-Modified` header, as it came. */
  readonly lastModified?: string | undefined;
}

/** A whole file in a cache. */
export interface CachedFile extends FileVersion {
  /** Size in bytes. */
  readonly size: number;
  open(): Promise<ByteSource>;
}

/**
 * Keeps downloaded files. Keys are the URLs that files were asked for under. Implementations must be atomic: a file is
 * either there as a whole or not at all, whatever happens while it is written and whoever else writes it too.
 */
export interface FileCache {
  match(key: string): Promise<CachedFile | undefined>;
  /** Stores all of `chunks` in place of what was there. If `chunks` fails, nothing is stored and the call rejects. */
  put(key: string, version: FileVersion, chunks: AsyncIterable<Uint8Array>): Promise<CachedFile>;
  /** Whether there was such a file. */
  delete(key: string): Promise<boolean>;
}

/** Whether two versions are surely the same file; without a common validator they are not. */
export function isSameVersion(a: FileVersion, b: FileVersion): boolean {
  if (a.etag !== undefined && b.etag !== undefined)
    return stripWeakPrefix(a.etag) === stripWeakPrefix(b.etag);
  return a.lastModified !== undefined && a.etag === b.etag && a.lastModified === b.lastModified;
}

/** A weak tag (`W/"…"`) promises the same meaning, which is enough to keep a file but not to splice two halves. */
function stripWeakPrefix(etag: string): string {
  return etag.startsWith('W/') ? etag.slice(2) : etag;
}
