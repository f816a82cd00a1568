import { ConfigError } from '../../errors.ts';
import { checkOption, type OptionNames, requireOptions } from '../../options.ts';
import { localFirst } from './local-first.ts';
import type { FileStore } from './repository.ts';
import {
  checkMode,
  createStore,
  isHubId,
  type ModelSource,
  SOURCE_OPTIONS,
  type SourceOptions,
  settings,
} from './resolve.ts';

/** What `configure` sets: options of all loads, and where models of the hub come from. */
export interface Settings extends Pick<SourceOptions, 'hubUrl' | 'fetch' | 'cache' | 'verify' | 'timeout'> {
  /** An access token of the hub; an empty one is none. No other server gets it, not even one that a request is redirected to, or that a call names as its `hubUrl`. */
  token?: string | undefined;
  /**
   * A directory (not in browsers) or base URL that has models in folders `org/name`. A hub id without `revision` is loaded from there if its folder is
   * there, and the hub is not asked. Below a URL, its folder is there if it has a `config.json`.
   */
  modelDirectory?: string | URL;
}

const { hubUrl, fetch, cache, verify, timeout } = SOURCE_OPTIONS;
const SETTINGS = {
  ...{ hubUrl, fetch, cache, verify, timeout },
  token: 'string',
  modelDirectory: true,
} satisfies OptionNames<Settings>;

let current: Settings = {};

/**
 * Sets options of all models that are loaded from now on in this page, process or worker. Options of a call come first. What an earlier call set, and this one
 * does not name, has its default again.
 *
 * ```ts
 * configure({ hubUrl: 'https://hub.example.com', token: process.env.HF_TOKEN, cache: 'prefer' });
 * ```
 *
 * Throws `ConfigError` for unknown names and values that loaders would refuse.
 */
export function configure(options: Settings): void {
  requireOptions('configure', options, SETTINGS);
  const { modelDirectory, cache, token, hubUrl, timeout } = options;
  if (cache !== undefined && typeof cache !== 'object' && typeof cache !== 'boolean')
    checkMode('cache', cache);
  // It is not shown: it is a secret.
  if (token && !/^[!-~]+$/.test(token))
    throw new ConfigError(
      'configure: token must be a word of ASCII characters, without spaces and line ends',
    );
  if (hubUrl !== undefined && !/^https?:/i.test(hubUrl))
    throw new ConfigError(`configure: hubUrl must begin with http: or https:, got ${JSON.stringify(hubUrl)}`);
  createStore('org/name', {
    cache: false,
    ...(hubUrl !== undefined && { hubUrl }),
    ...(timeout !== undefined && { timeout }),
  });
  if (modelDirectory !== undefined) {
    if (!(modelDirectory instanceof URL))
      checkOption('configure', 'modelDirectory', modelDirectory, 'string');
    if (modelDirectory === '')
      throw new ConfigError('configure: modelDirectory is empty; the working directory is "."');
    createStore(modelIn(modelDirectory, 'org/name'), {});
  }
  current = { ...options };
  settings.cache = cache;
  settings.open = openStore;
}

/** The files of a source, with what is set. */
function openStore(source: ModelSource, options: SourceOptions): FileStore {
  const { token, modelDirectory, ...defaults } = current;
  const own = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const given: SourceOptions = { ...defaults, ...own };
  if (typeof source !== 'string' || !isHubId(source)) return createStore(source, given);
  const hub = createStore(source, !token || options.hubUrl !== undefined ? given : withToken(given, token));
  if (modelDirectory === undefined || options.revision !== undefined) return hub;
  return localFirst(createStore(modelIn(modelDirectory, source), given), hub);
}

function withToken(options: SourceOptions, token: string): SourceOptions {
  const { headers = {} } = options;
  if (Object.keys(headers).some((name) => name.toLowerCase() === 'authorization')) return options;
  return { ...options, headers: { ...headers, Authorization: `Bearer ${token}` } };
}

/** The folder of a model in the directory, or below the base URL, of models. */
function modelIn(directory: string | URL, id: string): string | URL {
  if (typeof directory === 'string') return `${directory.replace(/[\\/]$/, '')}/${id}`;
  const url = new URL(directory);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/${id}`;
  return url;
}
