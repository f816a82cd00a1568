import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { platform } from '#platform';
import { HubServer } from '../../../test/helpers/hub-server.ts';
import { temporaryDirectory } from '../../../test/helpers/temporary.ts';
import { ConfigError, FormatError, LoadError } from '../../errors.ts';
import type { CachedFile, FileCache } from '../cache.ts';
import type { ProgressEvent } from './progress.ts';
import { openFileCache, resolveSource, type SourceOptions } from './resolve.ts';

const MODEL = 'org/model';
const WEIGHTS = `${MODEL}/main/weights.bin`;
/** A few hundred kilobytes that repeat nowhere near the places where connections are cut. */
const bytes = new Uint8Array(300_000).map((_, i) => (i * 31 + (i >> 8) * 7) & 255);

let hub: HubServer;
beforeEach(async () => {
  hub = await HubServer.start();
});
afterEach(() => hub.stop());

function open(options: SourceOptions = {}) {
  return resolveSource(MODEL, { hubUrl: hub.url, cache: false, retryDelay: 1, ...options });
}

/** `toEqual` takes most of a second for files of this size. */
function expectSame(actual: Uint8Array, expected: Uint8Array): void {
  expect(Buffer.compare(actual, expected)).toBe(0);
}

describe('a file on a hub', () => {
  it('is found through the redirect, as text, JSON and bytes', async () => {
    hub.add(`${MODEL}/main/config.json`, '{"hiddenSize":384}');
    hub.add(WEIGHTS, bytes);
    const files = open();
    expect(await files.json('config.json')).toEqual({ hiddenSize: 384 });
    expect(await files.text('config.json')).toBe('{"hiddenSize":384}');
    expectSame(await files.bytes('weights.bin'), bytes);
    const source = await files.open('weights.bin');
    expect(source.size).toBe(bytes.length);
    expect(await source.read(1000, 1010)).toEqual(bytes.subarray(1000, 1010));
    expect(hub.requestsOf(WEIGHTS)).toHaveLength(1);
  });

  it('is asked for under its revision, as one segment of the address', async () => {
    hub.add(`${MODEL}/refs%2Fpr%2F1/config.json`, '{}');
    await open({ revision: 'refs/pr/1' }).json('config.json');
    expect(hub.requests[0]!.path).toBe('/org/model/resolve/refs%2Fpr%2F1/config.json');
  });

  it('is asked for with the headers given', async () => {
    hub.add(WEIGHTS, bytes);
    await open({ headers: { Authorization: 'Bearer secret' } }).bytes('weights.bin');
    expect(hub.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer secret',
      'Bearer secret',
    ]);
  });

  it('is asked for by the fetch given', async () => {
    const asked: string[] = [];
    const files = open({
      fetch: async (url) => {
        asked.push(String(url));
        return new Response('abc');
      },
    });
    expect(await files.text('a b.txt')).toBe('abc');
    expect(asked).toEqual([`${hub.url}/org/model/resolve/main/a%20b.txt`]);
  });

  it('may be empty', async () => {
    hub.add(WEIGHTS, '');
    expect(await open().bytes('weights.bin')).toHaveLength(0);
  });

  it('is asked for only once, however often it is used at the same time', async () => {
    hub.add(WEIGHTS, bytes);
    const files = open();
    await Promise.all([files.bytes('weights.bin'), files.bytes('weights.bin'), files.open('weights.bin')]);
    expect(hub.requestsOf(WEIGHTS)).toHaveLength(1);
  });

  it('cannot have a name that leads elsewhere', async () => {
    for (const name of ['../secret', 'a/../../b', '/etc/passwd', 'a//b', '', 'c:\\x', 'a\\b', 'http://x/y']) {
      await expect(open().open(name)).rejects.toThrow(ConfigError);
    }
    expect(hub.requests).toHaveLength(0);
  });
});

describe('a file under a URL', () => {
  it('is found with and without a slash at the end, keeping the query', async () => {
    hub.add('models/minilm/config.json', '{}');
    for (const base of [`${hub.url}/store/models/minilm`, `${hub.url}/store/models/minilm/?signature=1`]) {
      expect(await resolveSource(base, { cache: false }).json('config.json')).toEqual({});
      expect(await resolveSource(new URL(base), { cache: false }).json('config.json')).toEqual({});
    }
  });
});

describe('a file that cannot be had', () => {
  it('is named, with its address, if it does not exist', async () => {
    await expect(open().open('config.json')).rejects.toMatchObject({
      name: 'LoadError',
      reason: 'not-found',
      file: 'config.json',
      url: `${hub.url}/org/model/resolve/main/config.json`,
      status: 404,
      message: `config.json: there is no such file at ${hub.url}/org/model/resolve/main/config.json (HTTP 404)`,
    });
  });

  it.each([401, 403])('makes the error say that a token may be needed for HTTP %i', async (status) => {
    hub.add(WEIGHTS, bytes, { fail: [status] });
    await expect(open().open('weights.bin')).rejects.toMatchObject({
      reason: 'unauthorized',
      status,
      message: expect.stringContaining("a token may be needed: pass headers: { Authorization: 'Bearer …' }"),
    });
    expect(hub.requestsOf(WEIGHTS)).toHaveLength(1);
  });

  it('is tried again after an error of the server, and given up in the end', async () => {
    const file = hub.add(WEIGHTS, bytes, { fail: [500, 503, 429] });
    expectSame(await open().bytes('weights.bin'), bytes);
    file.fail = [500, 500, 500];
    await expect(open({ maxTries: 3 }).open('weights.bin')).rejects.toMatchObject({
      reason: 'http',
      status: 500,
      message: expect.stringContaining('given up after 3 tries'),
    });
  });

  it('is not tried again after an answer that will not change', async () => {
    hub.add(WEIGHTS, bytes, { fail: [418] });
    await expect(open().open('weights.bin')).rejects.toMatchObject({ reason: 'http', status: 418 });
    expect(hub.requestsOf(WEIGHTS)).toHaveLength(1);
  });

  it('may be asked for once more after a failure', async () => {
    hub.add(WEIGHTS, bytes, { fail: [418] });
    const files = open();
    await expect(files.open('weights.bin')).rejects.toThrow(LoadError);
    expectSame(await files.bytes('weights.bin'), bytes);
  });

  it('makes a LoadError of a server that cannot be reached', async () => {
    await hub.stop();
    await expect(open({ maxTries: 2 }).open('config.json')).rejects.toMatchObject({
      reason: 'network',
      message: expect.stringContaining('could not be reached; given up after 2 tries'),
    });
  });

  it('is refused if it is not the text or JSON it should be', async () => {
    hub.add(`${MODEL}/main/config.json`, '{');
    hub.add(`${MODEL}/main/vocab.txt`, new Uint8Array([0xff]));
    await expect(open().json('config.json')).rejects.toMatchObject({ name: 'FormatError', rule: 'not-json' });
    await expect(open().text('vocab.txt')).rejects.toThrow(FormatError);
  });
});

describe('whether a file exists', () => {
  it('is asked without downloading it', async () => {
    hub.add(WEIGHTS, bytes);
    expect(await open().has('weights.bin')).toBe(true);
    expect(await open().has('other.bin')).toBe(false);
    expect(hub.requests.every(({ method }) => method === 'HEAD')).toBe(true);
  });

  it.each([403, 405, 501])('is found out by GET if HEAD is answered with %i', async (headStatus) => {
    hub.add(WEIGHTS, bytes, { headStatus });
    expect(await open().has('weights.bin')).toBe(true);
  });

  it('is an error if the server does not say', async () => {
    hub.add(WEIGHTS, bytes, { headStatus: 500 });
    await expect(open({ maxTries: 2 }).has('weights.bin')).rejects.toMatchObject({
      reason: 'http',
      status: 500,
    });
    expect(hub.requestsOf(WEIGHTS)).toHaveLength(2);
  });
});

describe('a connection that is cut', () => {
  it('is taken up where it ended', async () => {
    hub.add(WEIGHTS, bytes, { cutAfter: [100_000, 50_000] });
    expectSame(await open().bytes('weights.bin'), bytes);
    const [, second, third] = hub.requestsOf(WEIGHTS);
    expect(second).toMatchObject({
      status: 206,
      headers: { range: 'bytes=100000-', 'if-range': `"${WEIGHTS}-1"` },
    });
    expect(third).toMatchObject({ status: 206, headers: { range: 'bytes=150000-' } });
  });

  it('is given up after a number of tries', async () => {
    hub.add(WEIGHTS, bytes, { cutAfter: [1000, 1000, 1000, 1000] });
    await expect(open({ maxTries: 3 }).open('weights.bin')).rejects.toMatchObject({
      reason: 'network',
      message: expect.stringMatching(/broke off after 3000 of 300000 bytes; given up after 3 tries/),
    });
    expect(hub.requestsOf(WEIGHTS)).toHaveLength(3);
  });

  it('starts again if the file has changed in between, so that no two versions are joined', async () => {
    const changed = bytes.map((byte) => byte ^ 255);
    hub.add(WEIGHTS, bytes, {
      cutAfter: [100_000],
      onRequest(count, file) {
        if (count === 2) Object.assign(file, { bytes: changed, etag: '"second"' });
      },
    });
    expectSame(await open().bytes('weights.bin'), changed);
  });

  it('starts again if the file has become shorter than what has come', async () => {
    const shorter = bytes.subarray(0, 5000);
    hub.add(WEIGHTS, bytes, {
      cutAfter: [100_000],
      onRequest(count, file) {
        if (count === 2) Object.assign(file, { bytes: shorter, etag: '"second"' });
      },
    });
    expectSame(await open().bytes('weights.bin'), shorter);
  });

  it('starts again if the server does not say which version it sends', async () => {
    for (const etag of [undefined, 'W/"weak"']) {
      hub.add(WEIGHTS, bytes, { cutAfter: [100_000], etag });
      hub.requests.length = 0;
      expectSame(await open().bytes('weights.bin'), bytes);
      expect(hub.requestsOf(WEIGHTS).map(({ headers }) => headers.range)).toEqual([undefined, undefined]);
    }
  });

  it('goes on with a server that knows no ranges', async () => {
    hub.add(WEIGHTS, bytes, { cutAfter: [100_000, 150_000], noRanges: true });
    expectSame(await open().bytes('weights.bin'), bytes);
  });

  it('starts again if the server sends another range than the one asked for', async () => {
    hub.add(WEIGHTS, bytes, { cutAfter: [100_000], contentRange: 'bytes 0-199999/300000' });
    expectSame(await open().bytes('weights.bin'), bytes);
    expect(hub.requestsOf(WEIGHTS)).toHaveLength(3);
  });

  it('goes on after an error of the server in between', async () => {
    hub.add(WEIGHTS, bytes, {
      cutAfter: [100_000],
      onRequest(count, file) {
        if (count === 2) file.fail = [503];
      },
    });
    expectSame(await open().bytes('weights.bin'), bytes);
  });
});

describe('where no further headers may be sent', () => {
  beforeEach(() => {
    vi.spyOn(platform, 'mayAddHeaders').mockReturnValue(false);
  });
  afterEach(() => vi.restoreAllMocks());

  it('a connection that is cut is taken up all the same', async () => {
    hub.add(WEIGHTS, bytes, { cutAfter: [100_000] });
    expectSame(await open().bytes('weights.bin'), bytes);
    expect(hub.requestsOf(WEIGHTS).map(({ headers }) => [headers.range, headers['if-range']])).toEqual([
      [undefined, undefined],
      ['bytes=100000-', undefined],
    ]);
  });

  it('a file that has changed in between is not joined', async () => {
    const changed = bytes.map((byte) => byte ^ 255);
    hub.add(WEIGHTS, bytes, {
      cutAfter: [100_000],
      onRequest(count, file) {
        if (count === 2) Object.assign(file, { bytes: changed, etag: '"second"' });
      },
    });
    expectSame(await open().bytes('weights.bin'), changed);
  });

  it('the ETag of the answer tells whether the file in the cache is current', async () => {
    const cache = openFileCache(await temporaryDirectory())!;
    const file = hub.add(WEIGHTS, bytes);
    await open({ cache }).open('weights.bin');
    const events: ProgressEvent[] = [];
    await open({ cache, onProgress: (event) => events.push(event) }).open('weights.bin');
    expect(events).toMatchObject([{ files: [{ cached: true }] }]);
    expect(hub.requestsOf(WEIGHTS).at(-1)!.headers['if-none-match']).toBeUndefined();
    Object.assign(file, { bytes: bytes.subarray(5), etag: '"new"' });
    expectSame(await open({ cache }).bytes('weights.bin'), bytes.subarray(5));
  });
});

describe('the size of a file', () => {
  it('need not be announced', async () => {
    hub.add(WEIGHTS, bytes, { chunked: true, cutAfter: [100_000] });
    const events: ProgressEvent[] = [];
    const files = open({ onProgress: (event) => events.push(event) });
    expectSame(await files.bytes('weights.bin'), bytes);
    expect(events[0]!.total).toBeUndefined();
    expect(events.at(-1)).toMatchObject({ loaded: bytes.length, total: bytes.length });
  });

  it('is not what is announced for a compressed transfer', async () => {
    hub.add(WEIGHTS, bytes, { gzip: true });
    const events: ProgressEvent[] = [];
    const files = open({ onProgress: (event) => events.push(event) });
    expectSame(await files.bytes('weights.bin'), bytes);
    for (const { loaded, total } of events) expect(total === undefined || loaded <= total).toBe(true);
    expect(events.at(-1)).toMatchObject({ loaded: bytes.length, total: bytes.length });
  });

  it('makes a compressed transfer that is cut start again', async () => {
    hub.add(WEIGHTS, bytes, { gzip: true, cutAfter: [200] });
    expectSame(await open().bytes('weights.bin'), bytes);
    expect(hub.requestsOf(WEIGHTS).map(({ headers }) => headers.range)).toEqual([undefined, undefined]);
  });

  it.each([
    ['fewer', 3, 'ended after 3 of 4 bytes'],
    ['more', 5, 'announced 4 bytes and sent more'],
  ])('is an error if %s bytes come than were announced', async (_, size, message) => {
    const files = open({
      maxTries: 2,
      fetch: async () => new Response(new Uint8Array(size), { headers: { 'content-length': '4' } }),
    });
    await expect(files.open('a')).rejects.toMatchObject({
      reason: 'incomplete',
      message: expect.stringContaining(message),
    });
  });
});

describe('progress', () => {
  it('never goes back, counts all files together, and ends once', async () => {
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

  it('hands an error of the listener on and does not take it for one of the network', async () => {
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

describe('a download that is aborted', () => {
  it('rejects with an AbortError, before and while it runs', async () => {
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

  it('does not wait for its next try', async () => {
    hub.add(WEIGHTS, bytes, { fail: [500] });
    const opening = open({ signal: AbortSignal.timeout(50), retryDelay: 60_000 }).open('weights.bin');
    await expect(opening).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('leaves nothing in the cache', async () => {
    const directory = await temporaryDirectory();
    hub.add(WEIGHTS, bytes, { hang: true });
    const cache = openFileCache(directory)!;
    const opening = open({ cache, signal: AbortSignal.timeout(100) }).open('weights.bin');
    await expect(opening).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(await readdir(directory)).toEqual([]);
  });

  it('leaves sources that are open already readable', async () => {
    const controller = new AbortController();
    hub.add(WEIGHTS, bytes);
    const source = await open({ signal: controller.signal }).open('weights.bin');
    controller.abort();
    expect(await source.read(0, 10)).toEqual(bytes.subarray(0, 10));
  });
});

describe('the cache', () => {
  it('keeps a file, asks whether it has changed, and counts it as progress', async () => {
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

  it('goes by the date where there is no ETag', async () => {
    const cache = openFileCache(await temporaryDirectory())!;
    const lastModified = 'Wed, 01 May 2024 00:00:00 GMT';
    hub.add(WEIGHTS, bytes, { etag: undefined, lastModified });
    await open({ cache }).bytes('weights.bin');
    await open({ cache }).bytes('weights.bin');
    expect(hub.requestsOf(WEIGHTS).map(({ status }) => status)).toEqual([200, 304]);
  });

  it('takes the new version of a file that has changed', async () => {
    const cache = openFileCache(await temporaryDirectory())!;
    const file = hub.add(WEIGHTS, bytes);
    const old = await open({ cache }).open('weights.bin');
    Object.assign(file, { bytes: bytes.subarray(0, 1000), etag: '"new"' });
    expect(await open({ cache }).bytes('weights.bin')).toHaveLength(1000);
    // Whoever has the old version open can go on reading it.
    expect(await old.read(299_000, 300_000)).toEqual(bytes.subarray(299_000));
  });

  it('believes the same ETag even if the server sends the file again', async () => {
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

  it.each(['stopped', 'broken'])('serves what it has while the server is %s', async (state) => {
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
      // Without a cache nobody knows.
      await expect(open({ maxTries: 2 }).has('weights.bin')).rejects.toMatchObject({ reason: 'network' });
    }
  });

  it('does not serve a file that the server no longer has', async () => {
    const cache = openFileCache(await temporaryDirectory())!;
    hub.add(WEIGHTS, bytes);
    await open({ cache }).bytes('weights.bin');
    hub.files.clear();
    await expect(open({ cache }).open('weights.bin')).rejects.toMatchObject({ reason: 'not-found' });
  });

  it('keeps revisions apart', async () => {
    const cache = openFileCache(await temporaryDirectory())!;
    hub.add(`${MODEL}/main/a.txt`, 'main');
    hub.add(`${MODEL}/v2/a.txt`, 'v2');
    expect(await open({ cache }).text('a.txt')).toBe('main');
    expect(await open({ cache, revision: 'v2' }).text('a.txt')).toBe('v2');
  });

  it('stores nothing of a download that fails', async () => {
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
  ])('that fails (%s) is done without, and progress says why', async (stage, cacheError) => {
    hub.add(WEIGHTS, bytes);
    const events: ProgressEvent[] = [];
    const files = open({ cache: failing(stage), onProgress: (event) => events.push(event) });
    expectSame(await files.bytes('weights.bin'), bytes);
    expect(events.at(-1)!.files).toMatchObject([{ name: 'weights.bin', cached: false, cacheError }]);
  });

  it('may be a directory that is not there yet', async () => {
    const directory = join(await temporaryDirectory(), 'a', 'b');
    hub.add(WEIGHTS, bytes);
    await open({ cache: openFileCache(directory)! }).bytes('weights.bin');
    expect((await readdir(directory)).map((name) => name.split('.').pop()).sort()).toEqual(['data', 'json']);
  });
});
