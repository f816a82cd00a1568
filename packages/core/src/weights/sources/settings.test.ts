import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { countingFetch, HubServer } from '../../../test/helpers/hub-server.ts';
import { MODEL } from '../../../test/helpers/remote-model.ts';
import { temporaryDirectory } from '../../../test/helpers/temporary.ts';
import { isCached } from '../../load/is-cached.ts';
import { openFileCache, resolveSource, type SourceOptions } from './resolve.ts';
import { configure, type Settings } from './settings.ts';

let hub: HubServer;
beforeEach(async () => {
  hub = await HubServer.start();
  hub.add(`${MODEL}/main/config.json`, '{"from":"hub"}');
});
afterEach(async () => {
  configure({});
  await hub.stop();
});

/** The configuration of the model, and the headers that the hub was sent. */
async function load(options: SourceOptions = {}) {
  hub.requests.length = 0;
  const files = resolveSource(MODEL, { retryDelay: 1, ...options });
  const config = await files.json('config.json');
  const authorization = hub.requests.map(({ headers }) => headers.authorization);
  return { config, authorization, location: files.location };
}

describe('configure', () => {
  it('sets the hub, its token and the cache, which options of a call replace', async () => {
    const { calls, fetch } = countingFetch();
    const cache = openFileCache(await temporaryDirectory())!;
    configure({ hubUrl: hub.url, token: 'secret', fetch, cache });
    const { config, authorization } = await load();
    expect(config).toEqual({ from: 'hub' });
    expect(new Set(authorization)).toEqual(new Set(['Bearer secret']));
    expect(calls.length).toBeGreaterThan(0);
    expect(await cache.list()).toHaveLength(1);
    await cache.clear();
    const own = await load({
      cache: false,
      headers: { authorization: 'Bearer own' },
      fetch: globalThis.fetch,
    });
    expect(new Set(own.authorization)).toEqual(new Set(['Bearer own']));
    expect(await cache.list()).toEqual([]);
  });

  it('counts an option that is undefined as none', async () => {
    configure({ hubUrl: hub.url, cache: false });
    const options = { hubUrl: undefined, cache: undefined } as unknown as SourceOptions;
    expect((await load(options)).config).toEqual({ from: 'hub' });
  });

  it('counts an empty token as none, and never shows one', async () => {
    configure({ hubUrl: hub.url, token: '', cache: false });
    await load();
    expect(hub.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
    expect(() => configure({ token: 'sec ret' })).toThrow(/^configure: token must be a word[^'"]*$/);
  });

  it.each(['', '/', '/mirror', '/mirror/'])(
    'reaches the hub at its address with %j at the end',
    async (end) => {
      const paths: string[] = [];
      const answer = async (url: URL) => {
        paths.push(url.pathname);
        return new Response('{}');
      };
      configure({ hubUrl: `https://hub.example.com${end}`, cache: false, fetch: answer });
      await resolveSource(MODEL).json('config.json');
      expect(paths).toEqual([`${end.replace(/\/$/, '')}/${MODEL}/resolve/main/config.json`]);
    },
  );

  it('sends the token to no other server', async () => {
    configure({ token: 'secret', cache: false });
    expect(new Set((await load({ hubUrl: hub.url })).authorization)).toEqual(new Set([undefined]));
    hub.requests.length = 0;
    await resolveSource(`${hub.url}/${MODEL}/resolve/main/`).json('config.json');
    expect(new Set(hub.requests.map(({ headers }) => headers.authorization))).toEqual(new Set([undefined]));
    const store = await HubServer.start();
    store.add(`${MODEL}/main/config.json`, '{}');
    hub.storeUrl = store.url;
    configure({ hubUrl: hub.url, token: 'secret', cache: false });
    await load();
    expect(store.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
    await store.stop();
  });

  it('forgets what an earlier call set', async () => {
    configure({ hubUrl: 'http://127.0.0.1:1', token: 'secret', cache: false });
    configure({ hubUrl: hub.url, cache: false });
    expect((await load()).authorization).not.toContain('Bearer secret');
  });

  it('tells isCached of the cache', async () => {
    const cache = openFileCache(await temporaryDirectory())!;
    configure({ hubUrl: hub.url, cache });
    expect(await isCached(MODEL)).toBe(false);
    expect(hub.requests).toEqual([]);
    await load();
    // The configuration is found: it is that of no model.
    await expect(isCached(MODEL)).rejects.toMatchObject({ name: 'ConfigError' });
  });

  it.each([
    [{ url: 'x' }, 'configure: unknown option url'],
    [{ token: 1 }, 'configure: token must be a string, got 1'],
    [{ modelDirectory: 1 }, 'configure: modelDirectory must be a string, got 1'],
    [{ modelDirectory: 'models' }, '"models/org/name" is not a valid model source'],
    [{ cache: 'always' }, "cache must be 'prefer', 'revalidate' or 'only', got \"always\""],
    [undefined, 'configure: options must be an object, got undefined'],
    [{ hubUrl: 'nonsense' }, 'hubUrl must begin with http: or https:, got "nonsense"'],
    [{ hubUrl: '' }, 'hubUrl must begin with http: or https:, got ""'],
    [{ hubUrl: 'ftp://hub.example.com' }, 'hubUrl must begin with'],
    [{ hubUrl: 'https://[' }, 'is not a valid URL'],
    [{ timeout: 0 }, 'timeout must be a number of milliseconds above 0, got 0'],
    [{ timeout: Number.NaN }, 'above 0, got NaN'],
    [{ cache: 5 }, "cache must be 'prefer', 'revalidate' or 'only', got 5"],
    [{ token: 'secret\n' }, 'token must be a word of ASCII characters'],
    [{ modelDirectory: '' }, 'modelDirectory is empty'],
  ])('rejects %j', (settings, message) => {
    expect(() => configure(settings as unknown as Settings)).toThrow(message);
  });
});

describe('modelDirectory', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    const folder = join(directory, MODEL);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'config.json'), '{"from":"directory"}');
  });

  it.each(['a path', 'a file URL'])('comes before the hub as %s', async (kind) => {
    const modelDirectory = kind === 'a path' ? directory : pathToFileURL(directory);
    configure({ hubUrl: hub.url, cache: false, modelDirectory });
    const { config, location } = await load();
    expect(config).toEqual({ from: 'directory' });
    expect(location).toBe(join(directory, MODEL));
    expect(hub.requests).toEqual([]);
    expect((await load({ revision: 'main' })).config).toEqual({ from: 'hub' });
  });

  it('leaves models that it does not have to the hub', async () => {
    hub.add('org/other/main/config.json', '{"from":"hub"}');
    configure({ hubUrl: hub.url, cache: false, modelDirectory: directory });
    const files = resolveSource('org/other');
    expect(files.location).toContain('org/other (main)');
    files.prefetch(['config.json']);
    expect(await files.list()).toBeUndefined();
    expect(await files.json('config.json')).toEqual({ from: 'hub' });
    files.finish();
    await expect(resolveSource('org/none', { maxTries: 1 }).text('config.json')).rejects.toMatchObject({
      reason: 'not-found',
    });
  });

  it('is a base URL, too', async () => {
    const local = await HubServer.start();
    local.add('config.json', '{"from":"server"}');
    const base = new URL(`${local.url}/store/`);
    local.files.set(`${MODEL}/config.json`, local.files.get('config.json')!);
    configure({ hubUrl: hub.url, token: 'secret', cache: false, modelDirectory: base });
    expect((await load()).config).toEqual({ from: 'server' });
    expect(hub.requests).toEqual([]);
    expect(local.requests.map(({ headers }) => headers.authorization)).not.toContain('Bearer secret');
    await local.stop();
  });
});
