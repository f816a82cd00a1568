import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HubServer } from '../../../test/helpers/hub-server.ts';
import { bytes, expectSame, MODEL, openModel, WEIGHTS } from '../../../test/helpers/remote-model.ts';
import { temporaryDirectory } from '../../../test/helpers/temporary.ts';
import type { CachedFile, FileCache } from '../../platform/cache.ts';
import type { ProgressEvent } from './progress.ts';
import { openFileCache, type SourceOptions } from './resolve.ts';

let hub: HubServer;
beforeEach(async () => {
  hub = await HubServer.start();
});
afterEach(() => hub.stop());

const open = (options: SourceOptions = {}) => openModel(hub, options);

describe('onProgress', () => {
  it('reports increasing totals over all files and one last event', async () => {
    hub.add(`${MODEL}/main/config.json`, '{}');
    hub.add(WEIGHTS, bytes, { cutAfter: [100_000], etag: 'W/"weak"' });
    const events: ProgressEvent[] = [];
    const files = open({ onProgress: (event) => events.push(event) });
    files.expect(['config.json', 'weights.bin']);
    await files.json('config.json');
    expect(events.at(-1)!.total).toBeUndefined();
    await files.bytes('weights.bin');
    files.finish();
    files.finish();
    const loaded = events.map((event) => event.loaded);
    expect(loaded).toEqual([...loaded].sort((a, b) => a - b));
    expect(events.map(({ done }) => done)).toEqual([...events.slice(1).map(() => false), true]);
    expect(events.at(-1)).toMatchObject({
      loaded: bytes.length + 2,
      total: bytes.length + 2,
      files: [
        { name: 'config.json', loaded: 2, total: 2, cached: false },
        { name: 'weights.bin', loaded: bytes.length, total: bytes.length, cached: false },
      ],
    });
  });

  it('rejects with the error of the listener and does not retry', async () => {
    hub.add(WEIGHTS, bytes);
    const files = open({
      onProgress({ loaded }) {
        if (loaded > 0) throw new RangeError('listener');
      },
    });
    await expect(files.open('weights.bin')).rejects.toThrow(new RangeError('listener'));
    expect(hub.requestsOf(WEIGHTS)).toHaveLength(1);
  });
});

describe('RepositoryFiles with an aborted signal', () => {
  it('rejects with AbortError during and after the abort', async () => {
    hub.add(WEIGHTS, bytes, { hang: true });
    const controller = new AbortController();
    const files = open({
      signal: controller.signal,
      onProgress: ({ loaded }) => {
        if (loaded > 0) controller.abort();
      },
    });
    await expect(files.open('weights.bin')).rejects.toMatchObject({ name: 'AbortError' });
    await expect(files.open('weights.bin')).rejects.toMatchObject({ name: 'AbortError' });
    await expect(files.has('weights.bin')).rejects.toMatchObject({ name: 'AbortError' });
    expect(hub.requestsOf(WEIGHTS)).toHaveLength(1);
  });

  it('rejects with the reason of the signal', async () => {
    const reason = new Error('the user left');
    const controller = new AbortController();
    hub.add(WEIGHTS, bytes, { hang: true });
    const opening = open({ signal: controller.signal }).open('weights.bin');
    setTimeout(() => controller.abort(reason), 50);
    await expect(opening).rejects.toBe(reason);
  });

  it('rejects at once when it is waiting for a retry', async () => {
    hub.add(WEIGHTS, bytes, { fail: [500] });
    const opening = open({ signal: AbortSignal.timeout(50), retryDelay: 60_000 }).open('weights.bin');
    await expect(opening).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('stores nothing in the cache', async () => {
    const directory = await temporaryDirectory();
    hub.add(WEIGHTS, bytes, { hang: true });
    const cache = openFileCache(directory)!;
    const opening = open({ cache, signal: AbortSignal.timeout(100) }).open('weights.bin');
    await expect(opening).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(await readdir(directory)).toEqual([]);
  });

  it('can still read files that were opened before', async () => {
    const controller = new AbortController();
    hub.add(WEIGHTS, bytes);
    const source = await open({ signal: controller.signal }).open('weights.bin');
    controller.abort();
    expect(await source.read(0, 10)).toEqual(bytes.subarray(0, 10));
  });
});

describe('RepositoryFiles with a cache', () => {
  it('revalidates a cached file and reports it as progress', async () => {
    const cache = openFileCache(await temporaryDirectory())!;
    hub.add(WEIGHTS, bytes, { cutAfter: [100_000] });
    expectSame(await open({ cache }).bytes('weights.bin'), bytes);
    const events: ProgressEvent[] = [];
    const files = open({ cache, onProgress: (event) => events.push(event) });
    expectSame(await files.bytes('weights.bin'), bytes);
    expect(hub.requestsOf(WEIGHTS).map(({ status }) => status)).toEqual([200, 206, 304]);
    expect(events.at(-1)).toMatchObject({
      loaded: bytes.length,
      total: bytes.length,
      files: [{ name: 'weights.bin', cached: true }],
    });
  });

  it('revalidates by Last-Modified when there is no ETag', async () => {
    const cache = openFileCache(await temporaryDirectory())!;
    const lastModified = 'Wed, 01 May 2024 00:00:00 GMT';
    hub.add(WEIGHTS, bytes, { etag: undefined, lastModified });
    await open({ cache }).bytes('weights.bin');
    await open({ cache }).bytes('weights.bin');
    expect(hub.requestsOf(WEIGHTS).map(({ status }) => status)).toEqual([200, 304]);
  });

  it('downloads the new version of a changed file', async () => {
    const cache = openFileCache(await temporaryDirectory())!;
    const file = hub.add(WEIGHTS, bytes);
    const old = await open({ cache }).open('weights.bin');
    Object.assign(file, { bytes: bytes.subarray(0, 1000), etag: '"new"' });
    expect(await open({ cache }).bytes('weights.bin')).toHaveLength(1000);
    // The old version can still be read through its open source.
    expect(await old.read(299_000, 300_000)).toEqual(bytes.subarray(299_000));
  });

  it('uses the cached file when a full response has the same ETag', async () => {
    const cache = openFileCache(await temporaryDirectory())!;
    let sent = 0;
    const options: SourceOptions = {
      cache,
      fetch: async () => {
        sent++;
        return new Response(sent === 1 ? 'first' : 'again', {
          headers: { etag: sent === 1 ? '"1"' : 'W/"1"' },
        });
      },
    };
    await open(options).text('a.txt');
    expect(await open(options).text('a.txt')).toBe('first');
    expect(sent).toBe(2);
  });

  it.each(['stopped', 'broken'])('returns cached files when the server is %s', async (state) => {
    const cache = openFileCache(await temporaryDirectory())!;
    const file = hub.add(WEIGHTS, bytes);
    await open({ cache }).bytes('weights.bin');
    if (state === 'stopped') await hub.stop();
    else Object.assign(file, { fail: [503, 503, 503], headStatus: 503 });
    const files = open({ cache });
    expectSame(await files.bytes('weights.bin'), bytes);
    expect(await files.has('weights.bin')).toBe(true);
    expect(await files.has('other.bin')).toBe(false);
    if (state === 'stopped') {
      // Without a cache, existence is unknown.
      await expect(open({ maxTries: 2 }).has('weights.bin')).rejects.toMatchObject({ reason: 'network' });
    }
  });

  it('rejects with not-found when the server no longer has the file', async () => {
    const cache = openFileCache(await temporaryDirectory())!;
    hub.add(WEIGHTS, bytes);
    await open({ cache }).bytes('weights.bin');
    hub.files.clear();
    await expect(open({ cache }).open('weights.bin')).rejects.toMatchObject({ reason: 'not-found' });
  });

  it('caches revisions separately', async () => {
    const cache = openFileCache(await temporaryDirectory())!;
    hub.add(`${MODEL}/main/a.txt`, 'main');
    hub.add(`${MODEL}/v2/a.txt`, 'v2');
    expect(await open({ cache }).text('a.txt')).toBe('main');
    expect(await open({ cache, revision: 'v2' }).text('a.txt')).toBe('v2');
  });

  it('stores nothing when the download fails', async () => {
    const directory = await temporaryDirectory();
    hub.add(WEIGHTS, bytes, { cutAfter: [1000, 1000] });
    const files = open({ cache: openFileCache(directory)!, maxTries: 2 });
    await expect(files.open('weights.bin')).rejects.toMatchObject({ reason: 'network' });
    expect(await readdir(directory)).toEqual([]);
  });

  const failing = (stage: string): FileCache => ({
    async match() {
      if (stage === 'match') throw new Error('forbidden');
      return undefined;
    },
    async put(_key, _version, chunks): Promise<CachedFile> {
      if (stage === 'middle') for await (const _ of chunks) break;
      throw new Error(stage === 'match' ? 'forbidden' : 'disk full');
    },
    delete: async () => false,
  });

  it.each([
    ['match', 'forbidden'],
    ['start', 'disk full'],
    ['middle', 'disk full'],
  ])(
    'loads without the cache and reports the error when the cache fails in %s',
    async (stage, cacheError) => {
      hub.add(WEIGHTS, bytes);
      const events: ProgressEvent[] = [];
      const files = open({ cache: failing(stage), onProgress: (event) => events.push(event) });
      expectSame(await files.bytes('weights.bin'), bytes);
      expect(events.at(-1)!.files).toMatchObject([{ name: 'weights.bin', cached: false, cacheError }]);
    },
  );

  it('creates the cache directory when it does not exist', async () => {
    const directory = join(await temporaryDirectory(), 'a', 'b');
    hub.add(WEIGHTS, bytes);
    await open({ cache: openFileCache(directory)! }).bytes('weights.bin');
    expect((await readdir(directory)).map((name) => name.split('.').pop()).sort()).toEqual(['data', 'json']);
  });
});
