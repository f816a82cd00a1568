import type { ByteSource } from './bytes.ts';
import type { FileCacheOptions, StoredFileCache } from './cache.ts';

/** The files of a directory. */
export interface DirectoryFiles {
  /** Name of the directory in error messages. */
  readonly location: string;
  /** Names of the files directly in it. */
  list(): Promise<readonly string[]>;
  has(name: string): Promise<boolean>;
  open(name: string): Promise<ByteSource>;
}

/** A request with headers that are for one origin alone. */
export interface OutgoingRequest {
  readonly fetch: (url: URL, init?: RequestInit) => Promise<Response>;
  readonly url: URL;
  readonly init: RequestInit;
  /** Headers that every server may see. */
  readonly headers: Readonly<Record<string, string>>;
  /** The caller's headers, such as tokens: for the origin of `url` alone. */
  readonly callerHeaders: Readonly<Record<string, string>>;
}

/** The differences between Node-like runtimes and browsers. Everything else in this package runs on both. */
export interface Platform {
  /** Throws `ConfigError` in browsers. */
  openDirectory(location: string | URL): DirectoryFiles;
  /**
   * The cache for downloaded files. `location` is a directory in Node and the name of a Cache API cache in browsers.
   * Undefined if neither is available.
   */
  openCache(location?: string, options?: FileCacheOptions): StoredFileCache | undefined;
  /** Sends a request and follows redirects, without the caller's headers on other origins. */
  send(request: OutgoingRequest): Promise<Response>;
  /**
   * Whether requests to `url` may have headers that are not CORS-safelisted. In a browser such headers cause a preflight
   * request for cross-origin URLs, which most file servers reject.
   */
  mayAddHeaders(url: URL): boolean;
}
