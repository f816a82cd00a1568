import { platform } from '#platform';
import { ConfigError } from '../../errors.ts';
import { checkOptions, type OptionNames } from '../../options.ts';
import type { CacheMode, FileCache, FileCacheOptions, StoredFileCache } from '../../platform/cache.ts';
import { cacheKey } from './cache-key.ts';
import { directoryStore } from './directory.ts';
import { type FileContent, type FileMap, memoryStore } from './memory.ts';
import { type ProgressEvent, ProgressTracker } from './progress.ts';
import { remoteStore } from './remote.ts';
import { type FileStore, RepositoryFiles } from './repository.ts';
import { hubIdOfPage, suggestSource } from './suggest-source.ts';

/**
 * The location of a model's files:
 * - a directory (not in browsers): a string that starts with `./`, `../`, `/`, a drive letter or `file:`, or a `file:` URL;
 * - a base URL: a string that starts with `http:` or `https:`, or such a URL;
 * - a hub repository: a string `org/name`;
 * - files in memory: a map or an object from file names to content.
 */
export type ModelSource =
  | string
  | URL
  | ReadonlyMap<string, FileContent>
  | Readonly<Record<string, FileContent>>;

/** Options for fetching a model's files. */
export interface SourceOptions {
  /** Branch, tag or commit of a hub repository. Default: `main`. */
  revision?: string;
  /** URL of the hub. Default: `https://huggingface.co`. */
  hubUrl?: string;
  /**
   * Headers of every request, for example `{ Authorization: 'Bearer …' }`. They are not sent to other servers that a request is redirected
   * to. Browsers do not let the program see redirects: there, a redirected request with headers other than `Authorization` is refused.
   */
  headers?: Readonly<Record<string, string>>;
  /** Replaces the global `fetch`. */
  fetch?: (url: URL, init?: RequestInit) => Promise<Response>;
  /**
   * Cache for downloaded files: a custom one, `false` for none, or when to use the files of the platform's (the Cache API in browsers, a
   * directory in Node; see `openFileCache`):
   * - `'prefer'`: without a request, so that a model that was loaded before loads offline and at once, but in its former version;
   * - `'revalidate'` or `true`: after the server confirmed that they are current, or cannot be reached;
   * - `'only'`: no requests at all; files that are not cached count as missing.
   *
   * Default: `'revalidate'`, and `'prefer'` for a hub repository whose `revision` is the hash of a commit.
   */
  cache?: FileCache | boolean | CacheMode;
  /**
   * Whether cached files are hashed before they are used, each once in a process, and downloaded again if their bytes are not those that
   * were stored. Default: `true`.
   */
  verify?: boolean;
  /**
   * Milliseconds that the server may be silent: before its answer, and between two parts of it. A request that takes longer fails and is
   * repeated once. `Infinity` waits forever. Default: 30,000; whether a cached file is current is asked for at most 5,000.
   */
  timeout?: number;
  /** Aborts fetching; pending calls reject with the signal's reason. */
  signal?: AbortSignal;
  /** Called on loading progress. */
  onProgress?: (event: ProgressEvent) => void;
  /** Maximum number of attempts per file, including resumed ones. Default: 5. */
  maxTries?: number;
  /** Delay before the first retry in milliseconds; doubles with each retry. Default: 250. */
  retryDelay?: number;
}

/** The names of {@link SourceOptions}. */
export const SOURCE_OPTIONS = {
  revision: 'string',
  hubUrl: 'string',
  headers: 'object',
  fetch: 'function',
  cache: true,
  verify: 'boolean',
  timeout: 'numeric',
  signal: 'signal',
  onProgress: 'function',
  maxTries: 'count',
  retryDelay: 'notNegative',
} satisfies OptionNames<SourceOptions>;

const DEFAULT_HUB = 'https://huggingface.co';
const DIRECTORY = /^(?:\.{1,2}(?:[\\/]|$)|[\\/]|[a-z]:[\\/]|file:)/i;
const HUB_ID = /^[\w.-]+\/[\w.-]+$/;

/**
 * Resolves a source to its files. Does not fetch anything.
 *
 * Throws `ConfigError` for an invalid source, and for a directory in browsers.
 */
export function resolveSource(source: ModelSource, options: SourceOptions = {}): RepositoryFiles {
  checkOptions('resolveSource', options, SOURCE_OPTIONS);
  return repositoryFiles(source, options);
}

/** What `configure` has set. Apps that do not call it do not have its code. */
export const settings: { cache?: SourceOptions['cache']; open?: typeof createStore } = {};

/** Whether a source is the id of a hub's repository. */
export const isHubId = (source: string): boolean =>
  HUB_ID.test(source) && !source.split('/').some((part) => part === '.' || part === '..');

/** {@link resolveSource} for functions that have further options. */
export function repositoryFiles(source: ModelSource, options: SourceOptions): RepositoryFiles {
  return new RepositoryFiles(
    (settings.open ?? createStore)(source, options),
    new ProgressTracker(options.onProgress),
    options.signal,
  );
}

/**
 * The platform's cache for downloaded files. `location` is a directory in Node (default: the environment variable
 * `HEADWISE_CACHE`, else `headwise` in the system's directory for caches) and the name of a Cache API cache in browsers
 * (default: `headwise`). Undefined if neither is available, as in insecure contexts.
 *
 * Throws `ConfigError` for invalid options.
 */
export function openFileCache(
  location?: string,
  options: FileCacheOptions = {},
): StoredFileCache | undefined {
  checkOptions('openFileCache', options, {
    maxSize: 'notNegative',
    mode: MODES,
  } satisfies OptionNames<FileCacheOptions>);
  return platform.openCache(location, options);
}

const MODES: readonly string[] = ['prefer', 'revalidate', 'only'] satisfies CacheMode[];

export function checkMode(option: string, mode: unknown): asserts mode is CacheMode {
  if (typeof mode === 'string' && MODES.includes(mode)) return;
  throw new ConfigError(
    `source: ${option} must be 'prefer', 'revalidate' or 'only', got ${JSON.stringify(mode)}`,
  );
}

/** The files of a source. Nothing is fetched. */
export function createStore(source: ModelSource, options: SourceOptions): FileStore {
  if (source instanceof URL) return urlStore(source, options);
  if (typeof source !== 'string') {
    if (typeof source === 'object' && source !== null) return memoryStore(source as FileMap);
    throw new ConfigError(`source: expected a directory, URL, hub id or map of files, got ${String(source)}`);
  }
  if (DIRECTORY.test(source)) return directoryStore(source);
  if (/^https?:/i.test(source)) return urlStore(parseUrl(source, 'source'), options);
  if (isHubId(source)) return hubStore(source, options);
  throw new ConfigError(
    `source: ${JSON.stringify(source)} is not a valid model source; expected a directory ('./model', '/models/minilm'), ` +
      `a URL ('https://example.com/minilm/'), a hub id ('org/name'), or a map of files${suggestSource(source)}`,
  );
}

function urlStore(base: URL, options: SourceOptions): FileStore {
  if (base.protocol === 'file:') return directoryStore(base);
  if (base.protocol !== 'http:' && base.protocol !== 'https:') {
    throw new ConfigError(`source: expected a URL with http:, https: or file:, got ${base.href}`);
  }
  const id = hubIdOfPage(base);
  if (id !== undefined) {
    throw new ConfigError(
      `source: ${base.href} is a page about a model, not the place of its files; load the hub id '${id}'`,
    );
  }
  return httpStore(cacheKey(base), (name) => fileUrl(base, name), options);
}

function hubStore(id: string, options: SourceOptions): FileStore {
  const hub = parseUrl(options.hubUrl ?? DEFAULT_HUB, 'hubUrl');
  const revision = options.revision ?? 'main';
  const base = fileUrl(hub, `${id}/resolve/`);
  // A revision such as refs/pr/1 is one path segment.
  base.pathname += `${encodeURIComponent(revision)}/`;
  const location = `${id} (${revision}) on ${hub.origin}`;
  const hint = `is the id right? '${id}' names a repository of the hub; a directory is './${id}'`;
  // The files of a commit do not change.
  const mode = /^[\da-f]{40}$/.test(revision) ? 'prefer' : 'revalidate';
  return httpStore(location, (name) => fileUrl(base, name), options, mode, hint);
}

function httpStore(
  location: string,
  urlOf: (name: string) => URL,
  options: SourceOptions,
  defaultMode: CacheMode = 'revalidate',
  hint?: string,
): FileStore {
  const { cache = true, timeout = 30_000, verify = true } = options;
  if (!(timeout > 0))
    throw new ConfigError(`source: timeout must be a number of milliseconds above 0, got ${String(timeout)}`);
  if (typeof cache === 'string') checkMode('cache', cache);
  const store = typeof cache === 'object' ? cache : cache ? platform.openCache() : undefined;
  const mode = typeof cache === 'string' ? cache : (store?.mode ?? defaultMode);
  if (mode === 'only' && !store)
    throw new ConfigError("source: cache is 'only', but there is no cache: browsers have one on HTTPS alone");
  return remoteStore({
    location: mode === 'only' ? `${location} (cache: 'only')` : location,
    urlOf,
    fetch: options.fetch ?? globalThis.fetch,
    headers: options.headers ?? {},
    cache: store,
    mode,
    verify,
    timeout,
    hint,
    maxTries: options.maxTries ?? 5,
    retryDelay: options.retryDelay ?? 250,
  });
}

/** The URL of a file under `base`. Keeps the query, which may contain a signature. */
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
    throw new ConfigError(`source: ${what} ${JSON.stringify(text)} is not a valid URL`, { cause: error });
  }
}
