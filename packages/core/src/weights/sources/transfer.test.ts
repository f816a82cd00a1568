import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { platform } from '#platform';
import { HubServer } from '../../../test/helpers/hub-server.ts';
import { bytes, expectSame, openModel, WEIGHTS } from '../../../test/helpers/remote-model.ts';
import { temporaryDirectory } from '../../../test/helpers/temporary.ts';
import type { ProgressEvent } from './progress.ts';
import { openFileCache, type SourceOptions } from './resolve.ts';

let hub: HubServer;
beforeEach(async () => {
  hub = await HubServer.start();
});
afterEach(() => hub.stop());

const open = (options: SourceOptions = {}) => openModel(hub, options);

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
