import { platform } from '#platform';
import { ConfigError } from '../../errors.ts';
import type { FileCache } from '../../platform/cache.ts';
import { directoryStore } from './directory.ts';
import { type FileContent, type FileMap, memoryStore } from './memory.ts';
import { type ProgressEvent, ProgressTracker } from './progress.ts';
import { remoteStore } from './remote.ts';
import { type FileStore, RepositoryFiles } from './repository.ts';

/**
 * Where a model's files are:
 * - a directory (not in browsers): a string that starts with `./`, `../`, `/`, a drive letter or `file:`, or a `file:` URL;
 * - a URL that the files lie under: a string that starts with `http:` or `https:`, or such a URL;
 * - a repository of a hub: a string `org/name`;
 * - files in memory: a map or an object from file name to content.
 */
export type ModelSource =
  | string
  | URL
  | ReadonlyMap<string, FileContent>
  | Readonly<Record<string, FileContent>>;

/** How a model's files are to be fetched. */
export interface SourceOptions {
  /** Branch, tag or commit of a hub's repository. Default: `main`. */
  revision?: string;
  /** Address of the hub. Default: `https://huggingface.co`. */
  hubUrl?: string;
  /** Sent with every request, for example `{ Authorization: 'Bearer …' }`. */
  headers?: Readonly<Record<string, string>>;
  /** Used in place of the global `fetch`. */
  fetch?: typeof fetch;
  /**
   * Where downloaded files are kept: a cache of your own, `true` for the platform's (the Cache API in browsers; in Node
   * a directory, see `openFileCache`), `false` for none. Default: `true`.
   */
  cache?: FileCache | boolean;
  /** Ends all fetching; what is under way rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Called as files come in. */
  onProgress?: (event: ProgressEvent) => void;
  /** How often a download may fail, over all its parts, before it is given up. Default: 5. */
  maxTries?: number;
  /** Milliseconds before the first further try; each next one waits twice as long. Default: 250. */
  retryDelay?: number;
}

const DEFAULT_HUB = 'https://huggingface.co';
const DIRECTORY = /^(?:\.{1,2}(?:[\\/]|$)|[\\/]|[a-z]:[\\/]|file:)/i;
const HUB_ID = /^[\w.-]+\/[\w.-]+$/;

/**
 * Finds out what a source is and gives access to its files. Nothing is fetched yet.
 *
 * Throws `ConfigError` for a source that is none of the kinds, and for a directory in a browser.
 */
export function resolveSource(source: ModelSource, options: SourceOptions = {}): RepositoryFiles {
  return new RepositoryFiles(
    createStore(source, options),
    new ProgressTracker(options.onProgress),
    options.signal,
  );
}

/**
 * The platform's cache for downloaded files. `location` is a directory in Node (default: the environment variable
 * `HEADWISE_CACHE`, else `headwise` in the system's directory for caches) and the name of a cache of the Cache API in
 * browsers (default: `headwise`). Undefined where there is neither, as on pages that were not served securely.
 */
export function openFileCache(location?: string): FileCache | undefined {
  return platform.openCache(location);
}

function createStore(source: ModelSource, options: SourceOptions): FileStore {
  if (source instanceof URL) return urlStore(source, options);
  if (typeof source !== 'string') {
    if (typeof source === 'object' && source !== null) return memoryStore(source as FileMap);
    throw new ConfigError(
      `loadModel: expected a directory, URL, hub id or map of files, got ${String(source)}`,
    );
  }
  if (DIRECTORY.test(source)) return directoryStore(source);
  if (/^https?:/i.test(source)) return urlStore(parseUrl(source, 'source'), options);
  if (HUB_ID.test(source) && !source.split('/').some((part) => part === '.' || part === '..')) {
    return hubStore(source, options);
  }
  throw new ConfigError(
    `loadModel: ${JSON.stringify(source)} is no source of a model; expected a directory ('./model', '/models/minilm'), ` +
      "a URL ('https://example.com/minilm/'), a hub id ('org/name'), or a map of files",
  );
}

function urlStore(base: URL, options: SourceOptions): FileStore {
  if (base.protocol === 'file:') return directoryStore(base);
  if (base.protocol !== 'http:' && base.protocol !== 'https:') {
    throw new ConfigError(`loadModel: expected a URL of http, https or file, got ${base.href}`);
  }
  return httpStore(base.href, (name) => fileUrl(base, name), options);
}

function hubStore(id: string, options: SourceOptions): FileStore {
  const hub = parseUrl(options.hubUrl ?? DEFAULT_HUB, 'hubUrl');
  const revision = options.revision ?? 'main';
  const base = fileUrl(hub, `${id}/resolve/`);
  // A revision such as refs/pr/1 is one segment of the address.
  base.pathname += `${encodeURIComponent(revision)}/`;
  return httpStore(`${id} (${revision}) on ${hub.origin}`, (name) => fileUrl(base, name), options);
}

function httpStore(location: string, urlOf: (name: string) => URL, options: SourceOptions): FileStore {
  const { cache = true } = options;
  return remoteStore({
    location,
    urlOf,
    fetch: options.fetch ?? globalThis.fetch,
    headers: options.headers ?? {},
    cache: cache === true ? platform.openCache() : cache || undefined,
    maxTries: options.maxTries ?? 5,
    retryDelay: options.retryDelay ?? 250,
  });
}

/** The address of a file under `base`, whose query (it may hold a signature) is kept. */
function fileUrl(base: URL, name: string): URL {
  const url = new URL(base);
  const path = name.split('/').map(encodeURIComponent).join('/');
  url.pathname = `${base.pathname.replace(/\/?$/, '/')}${path}`;
  url.hash = '';
  return url;
}

function parseUrl(text: string, what: string): URL {
  try {
    return new URL(text);
  } catch (error) {
    throw new ConfigError(`loadModel: ${what} ${JSON.stringify(text)} is no valid URL`, { cause: error });
  }
}
