import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { countingFetch, HubServer } from '../../../test/helpers/hub-server.ts';
import { bytes, expectSame, MODEL, openModel, WEIGHTS } from '../../../test/helpers/remote-model.ts';
import { temporaryDirectory } from '../../../test/helpers/temporary.ts';
import type { StoredFileCache } from '../../platform/cache.ts';
import { cacheKey } from './cache-key.ts';
import type { ProgressEvent } from './progress.ts';
import { openFileCache, resolveSource, type SourceOptions } from './resolve.ts';

const CONFIG = `${MODEL}/main/config.json`;

let hub: HubServer;
let directory: string;
let cache: StoredFileCache;
beforeEach(async () => {
  hub = await HubServer.start();
  directory = await temporaryDirectory();
  cache = openFileCache(directory)!;
});
afterEach(() => hub.stop());

const open = (options: SourceOptions = {}) => openModel(hub, { cache, ...options });
const inMode = (mode: 'prefer' | 'only') => openFileCache(directory, { mode })!;

/** Loads a model of two files, and looks for one that it does not have, by both calls that loaders use. */
async function load(options: SourceOptions = {}): Promise<void> {
  const files = open(options);
  expect(await files.json('config.json')).toEqual({});
  expect(await files.has('modules.json')).toBe(false);
  await expect(files.open('model.safetensors')).rejects.toMatchObject({ reason: 'not-found' });
  expectSame(await files.bytes('weights.bin'), bytes);
  files.finish();
}

function addModel(): void {
  hub.add(CONFIG, '{}');
  hub.add(WEIGHTS, bytes);
}

/** Changes the last byte of the cached weights. */
async function damage(): Promise<void> {
  for (const name of await readdir(directory)) {
    const content = await readFile(join(directory, name));
    if (content.length !== bytes.length) continue;
    content[content.length - 1]! ^= 1;
    await writeFile(join(directory, name), content);
    await utimes(join(directory, name), new Date(), new Date(Date.now() + 1000));
  }
}

describe('a model that was loaded before', () => {
  beforeEach(async () => {
    addModel();
    await load();
    hub.requests.length = 0;
  });

  it.each(['prefer', 'only'] as const)('loads without a request in the mode %s', async (mode) => {
    await load({ cache: inMode(mode) });
    expect(hub.requests).toEqual([]);
  });

  it('is revalidated by default, also the files that it does not have', async () => {
    hub.add(`${MODEL}/main/modules.json`, '[]');
    const files = open();
    expect(await files.has('modules.json')).toBe(true);
    expect(await files.json('config.json')).toEqual({});
    expect(hub.requestsOf(CONFIG).map(({ status }) => status)).toEqual([304]);
    // The note that it is absent is gone.
    const preferring = open({ cache: inMode('prefer') });
    expect(await preferring.json('modules.json')).toEqual([]);
  });

  it('loads from a stopped server, without a second request', async () => {
    await hub.stop();
    const { calls, fetch } = countingFetch();
    await load({ fetch });
    expect(calls).toHaveLength(1);
  });

  it('loads from a server that never answers, after one timeout', async () => {
    hub.isSilent = true;
    const { calls, fetch } = countingFetch();
    await load({ timeout: 60, fetch });
    expect(calls).toHaveLength(1);
  });

  it('finds files absent that are absent, when the first file is one of them and the server never answers', async () => {
    hub.isSilent = true;
    const { calls, fetch } = countingFetch();
    const files = open({ timeout: 60, fetch });
    await expect(files.open('model.safetensors')).rejects.toMatchObject({
      reason: 'not-found',
      message: expect.stringContaining('the server did not have it when it was asked last'),
    });
    expect(await files.json('config.json')).toEqual({});
    expect(calls).toHaveLength(1);
  });

  it('loads behind a page that answers every request', async () => {
    hub.portalPage = '<!doctype html><title>log in</title>';
    await load();
    expect(hub.requests).toHaveLength(1);
    hub.portalPage = undefined;
    await load();
  });

  it('loads behind a page that is sent as a file, and keeps its own', async () => {
    const page = async () => new Response(' <!DOCTYPE html><title>log in</title>');
    await load({ fetch: page as typeof fetch });
    await load({ cache: inMode('only') });
  });

  it('asks only whether the first file is current when the page answers HEAD', async () => {
    hub.portalPage = '<html></html>';
    expect(await open().has('weights.bin')).toBe(true);
  });

  it('is loaded in its new version after it changed', async () => {
    hub.add(CONFIG, '{"new":1}', { etag: '"new"' });
    expect(await open({ cache: inMode('prefer') }).json('config.json')).toEqual({});
    expect(await open().json('config.json')).toEqual({ new: 1 });
    expect(await open({ cache: inMode('prefer') }).json('config.json')).toEqual({ new: 1 });
  });
});

describe("cache: 'only'", () => {
  it('counts files that are not cached as missing', async () => {
    addModel();
    const files = open({ cache: inMode('only') });
    expect(await files.has('config.json')).toBe(false);
    await expect(files.open('config.json')).rejects.toMatchObject({
      reason: 'not-found',
      message: expect.stringContaining("it is not in the cache (cache: 'only')"),
    });
    expect(hub.requests).toEqual([]);
  });
});

describe('a revision that is a commit', () => {
  it('loads without a request once it is cached', async () => {
    const revision = '0123456789abcdef0123456789abcdef01234567';
    hub.add(`${MODEL}/${revision}/config.json`, '{}');
    await open({ revision }).json('config.json');
    hub.requests.length = 0;
    await open({ revision }).json('config.json');
    expect(hub.requests).toEqual([]);
  });
});

describe('a network that answers every request with a page', () => {
  it('leaves no note that files are absent', async () => {
    hub.portalPage = '<html></html>';
    expect(await open().has('config.json')).toBe(false);
    hub.portalPage = undefined;
    addModel();
    expect(await open({ cache: inMode('prefer') }).json('config.json')).toEqual({});
  });
});

describe('a connection that fails at the first load', () => {
  it('does not make a file absent', async () => {
    addModel();
    let failures = 1;
    const files = open({
      fetch: async (...parameters) => {
        if (failures-- > 0) throw new TypeError('connection reset');
        return fetch(...parameters);
      },
    });
    expect(await files.has('config.json')).toBe(true);
  });
});

describe('a damaged copy', () => {
  beforeEach(async () => {
    addModel();
    await load();
    hub.requests.length = 0;
    await damage();
  });

  it.each(['revalidate', 'prefer'] as const)('is replaced in the mode %s', async (mode) => {
    const events: ProgressEvent[] = [];
    const files = open({
      cache: openFileCache(directory, { mode })!,
      onProgress: (event) => events.push(event),
    });
    expectSame(await files.bytes('weights.bin'), bytes);
    expect(events.at(-1)!.files).toMatchObject([{ cached: false, loaded: bytes.length }]);
    await load({ cache: inMode('only') });
  });

  it('is refused when the server is out of reach', async () => {
    await hub.stop();
    await expect(open({ maxTries: 2 }).open('weights.bin')).rejects.toMatchObject({
      name: 'LoadError',
      reason: 'damaged',
      file: 'weights.bin',
      message: expect.stringContaining('is damaged and was deleted'),
    });
    expect((await cache.list()).map(({ size }) => size)).toEqual([2]);
  });

  it("is refused in the mode 'only'", async () => {
    await expect(open({ cache: inMode('only') }).open('weights.bin')).rejects.toMatchObject({
      reason: 'damaged',
    });
  });

  it('is used with verify: false', async () => {
    expect(await open({ verify: false }).bytes('weights.bin')).not.toEqual(bytes);
  });
});

describe('cacheKey', () => {
  const key = (query: string) => cacheKey(new URL(`https://a.example/m/model.safetensors${query}`));

  it.each([
    '?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A%2Fb&X-Amz-Date=20250101T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=ab',
    '?AWSAccessKeyId=a&Expires=1&Signature=b%3D',
    '?Expires=1&Signature=b&Key-Pair-Id=K&Policy=e30',
    '?X-Goog-Algorithm=a&X-Goog-Credential=b&X-Goog-Signature=c',
    '?GoogleAccessId=a%40b&Expires=1&Signature=c',
    '?sv=2022-11-02&st=a&se=b&sr=b&sp=r&spr=https&sig=c%3D',
    '?token=abc',
    '?access_token=abc',
    '?q-sign-algorithm=sha1&q-ak=a&q-sign-time=1;2&q-key-time=1;2&q-header-list=&q-url-param-list=&q-signature=b',
  ])('leaves the signature %s out', (query) => {
    expect(key(query)).toBe(key(''));
  });

  it('keeps the rest of the query as it is', () => {
    expect(key('?version=2&path=a%2fb&Signature=x')).toBe(key('?version=2&path=a%2fb'));
    expect(key('?sv=a&sp=b')).toContain('?sv=a&sp=b');
    expect(key('?revision=1')).not.toBe(key('?revision=2'));
  });

  it('stores one copy of a file that 20 signed URLs lead to', async () => {
    hub.add('models/m/weights.bin', bytes);
    for (let i = 0; i < 20; i++) {
      const url = `${hub.url}/store/models/m/?X-Amz-Signature=${i}&Expires=${i}`;
      expectSame(await resolveSource(url, { cache }).bytes('weights.bin'), bytes);
    }
    expect(await cache.list()).toHaveLength(1);
    expect(hub.requests.map(({ status }) => status)).toEqual([200, ...Array(19).fill(304)]);
  });
});

describe('options', () => {
  it.each([
    [{ cache: 'always' }, "cache must be 'prefer', 'revalidate' or 'only', got \"always\""],
    [{ timeout: 0 }, 'timeout must be a number of milliseconds above 0, got 0'],
    [{ timeout: Number.NaN }, 'got NaN'],
  ])('rejects %j', (options, message) => {
    expect(() => open(options as unknown as SourceOptions)).toThrow(message);
  });

  it.each([
    [{ maxSize: -1 }, 'maxSize must be a finite number of at least 0, got -1'],
    [{ mode: 'x' }, 'mode must be'],
    [{ limit: 1 }, 'unknown option limit'],
  ])('openFileCache rejects %j', (options, message) => {
    expect(() => openFileCache(directory, options as never)).toThrow(message);
  });
});
