import type { ByteSource } from './bytes.ts';
import type { FileCache } from './cache.ts';

/** A directory of files, if the platform has such a thing. */
export interface DirectoryFiles {
  /** What errors call it. */
  readonly location: string;
  /** Names of the files directly in it. */
  list(): Promise<readonly string[]>;
  has(name: string): Promise<boolean>;
  open(name: string): Promise<ByteSource>;
}

/** What differs between Node-like runtimes and browsers. Everything else in this package runs on both. */
export interface Platform {
  /** Throws a `ConfigError` where there are no directories. */
  openDirectory(location: string | URL): DirectoryFiles;
  /**
   * The cache for downloaded files: a directory where there are directories, else a cache of the Cache API of that
   * name. Undefined where the platform has neither.
   */
  openCache(location?: string): FileCache | undefined;
  /**
   * Whether a request to `url` may carry headers beyond the plainest. In a browser they make a cross-origin request ask
   * for permission first, which few file servers give.
   */
  mayAddHeaders(url: URL): boolean;
}
