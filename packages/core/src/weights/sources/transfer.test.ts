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

describe('Transfer after a lost connection', () => {
  it('resumes at the last byte', async () => {
    hub.add(WEIGHTS, bytes, { cutAfter: [100_000, 50_000] });
    expectSame(await open().bytes('weights.bin'), bytes);
    const [, second, third] = hub.requestsOf(WEIGHTS);
    expect(second).toMatchObject({
      status: 206,
      headers: { range: 'bytes=100000-', 'if-range': `"${WEIGHTS}-1"` },
    });
    expect(third).toMatchObject({ status: 206, headers: { range: 'bytes=150000-' } });
  });

  it('gives up after maxTries failures', async () => {
    hub.add(WEIGHTS, bytes, { cutAfter: [1000, 1000, 1000, 1000] });
    await expect(open({ maxTries: 3 }).open('weights.bin')).rejects.toMatchObject({
      reason: 'network',
      message: expect.stringMatching(
        /closed the connection after 3000 of 300000 bytes; gave up after 3 tries/,
      ),
    });
    expect(hub.requestsOf(WEIGHTS)).toHaveLength(3);
  });

  it('starts again when the file changed', async () => {
    const changed = bytes.map((byte) => byte ^ 255);
    hub.add(WEIGHTS, bytes, {
      cutAfter: [100_000],
      onRequest(count, file) {
        if (count === 2) Object.assign(file, { bytes: changed, etag: '"second"' });
      },
    });
    expectSame(await open().bytes('weights.bin'), changed);
  });

  it('starts again when the file became shorter than the received bytes', async () => {
    const shorter = bytes.subarray(0, 5000);
    hub.add(WEIGHTS, bytes, {
      cutAfter: [100_000],
      onRequest(count, file) {
        if (count === 2) Object.assign(file, { bytes: shorter, etag: '"second"' });
      },
    });
    expectSame(await open().bytes('weights.bin'), shorter);
  });

  it('starts again when there is no strong ETag', async () => {
    for (const etag of [undefined, 'W/"weak"']) {
      hub.add(WEIGHTS, bytes, { cutAfter: [100_000], etag });
      hub.requests.length = 0;
      expectSame(await open().bytes('weights.bin'), bytes);
      expect(hub.requestsOf(WEIGHTS).map(({ headers }) => headers.range)).toEqual([undefined, undefined]);
    }
  });

  it('continues when the server does not support ranges', async () => {
    hub.add(WEIGHTS, bytes, { cutAfter: [100_000, 150_000], noRanges: true });
    expectSame(await open().bytes('weights.bin'), bytes);
  });

  it('starts again when the server sends another range than requested', async () => {
    hub.add(WEIGHTS, bytes, { cutAfter: [100_000], contentRange: 'bytes 0-199999/300000' });
    expectSame(await open().bytes('weights.bin'), bytes);
    expect(hub.requestsOf(WEIGHTS)).toHaveLength(3);
  });

  it('resumes after a server error', async () => {
    hub.add(WEIGHTS, bytes, {
      cutAfter: [100_000],
      onRequest(count, file) {
        if (count === 2) file.fail = [503];
      },
    });
    expectSame(await open().bytes('weights.bin'), bytes);
  });
});

describe('Transfer without conditional headers', () => {
  beforeEach(() => {
    vi.spyOn(platform, 'mayAddHeaders').mockReturnValue(false);
  });
  afterEach(() => vi.restoreAllMocks());

  it('resumes after a lost connection', async () => {
    hub.add(WEIGHTS, bytes, { cutAfter: [100_000] });
    expectSame(await open().bytes('weights.bin'), bytes);
    expect(hub.requestsOf(WEIGHTS).map(({ headers }) => [headers.range, headers['if-range']])).toEqual([
      [undefined, undefined],
      ['bytes=100000-', undefined],
    ]);
  });

  it('starts again when the file changed', async () => {
    const changed = bytes.map((byte) => byte ^ 255);
    hub.add(WEIGHTS, bytes, {
      cutAfter: [100_000],
      onRequest(count, file) {
        if (count === 2) Object.assign(file, { bytes: changed, etag: '"second"' });
      },
    });
    expectSame(await open().bytes('weights.bin'), changed);
  });

  it('revalidates a cached file by the ETag of the response', async () => {
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

describe('Transfer with Content-Length', () => {
  it('downloads a file without Content-Length', async () => {
    hub.add(WEIGHTS, bytes, { chunked: true, cutAfter: [100_000] });
    const events: ProgressEvent[] = [];
    const files = open({ onProgress: (event) => events.push(event) });
    expectSame(await files.bytes('weights.bin'), bytes);
    expect(events[0]!.total).toBeUndefined();
    expect(events.at(-1)).toMatchObject({ loaded: bytes.length, total: bytes.length });
  });

  it('ignores the Content-Length of a compressed body', async () => {
    hub.add(WEIGHTS, bytes, { gzip: true });
    const events: ProgressEvent[] = [];
    const files = open({ onProgress: (event) => events.push(event) });
    expectSame(await files.bytes('weights.bin'), bytes);
    for (const { loaded, total } of events) expect(total === undefined || loaded <= total).toBe(true);
    expect(events.at(-1)).toMatchObject({ loaded: bytes.length, total: bytes.length });
  });

  it('starts a compressed transfer again after a lost connection', async () => {
    hub.add(WEIGHTS, bytes, { gzip: true, cutAfter: [200] });
    expectSame(await open().bytes('weights.bin'), bytes);
    expect(hub.requestsOf(WEIGHTS).map(({ headers }) => headers.range)).toEqual([undefined, undefined]);
  });

  it.each([
    ['fewer', 3, 'sent only 3 of 4 bytes'],
    ['more', 5, 'sent more than its Content-Length of 4 bytes'],
  ])('rejects when the server sends %s bytes than announced', async (_, size, message) => {
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
