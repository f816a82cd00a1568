import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { countingFetch, HubServer } from '../../../test/helpers/hub-server.ts';
import { bytes, expectSame, openModel, WEIGHTS } from '../../../test/helpers/remote-model.ts';
import type { SourceOptions } from './resolve.ts';

let hub: HubServer;
beforeEach(async () => {
  hub = await HubServer.start();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await hub.stop();
});

const open = (options: SourceOptions = {}) => openModel(hub, { timeout: 300, ...options });

describe('timeout', () => {
  it('ends a download without an answer, after one more try', async () => {
    hub.add(WEIGHTS, bytes, { silent: true });
    const { calls, fetch } = countingFetch();
    await expect(open({ fetch }).open('weights.bin')).rejects.toMatchObject({
      name: 'LoadError',
      reason: 'timeout',
      file: 'weights.bin',
      message: expect.stringContaining('sent nothing for 300 ms (option timeout); gave up after 2 tries'),
    });
    expect(calls).toHaveLength(2);
  });

  it('ends a request for the existence of a file', async () => {
    hub.add(WEIGHTS, bytes, { silent: true });
    const { calls, fetch } = countingFetch();
    await expect(open({ fetch }).has('weights.bin')).rejects.toMatchObject({ reason: 'timeout' });
    expect(calls).toEqual(['HEAD', 'HEAD']);
  });

  it('ends a body that stalls, and resumes it', async () => {
    hub.add(WEIGHTS, bytes, { stallAfter: [100_000] });
    expectSame(await open().bytes('weights.bin'), bytes);
    expect(hub.requestsOf(WEIGHTS).map(({ headers }) => headers.range)).toEqual([undefined, 'bytes=100000-']);
  });

  it('ends a resumed body that stalls without a byte', async () => {
    hub.add(WEIGHTS, bytes, { stallAfter: [100_000, 0, 0, 0] });
    await expect(open().open('weights.bin')).rejects.toMatchObject({
      reason: 'timeout',
      message: expect.stringContaining('sent nothing for 300 ms after 100000 bytes'),
    });
    expect(hub.requestsOf(WEIGHTS)).toHaveLength(2);
  });

  it('goes on as long as each part brings bytes, up to maxTries', async () => {
    hub.add(WEIGHTS, bytes, { stallAfter: [100_000, 50_000, 50_000] });
    expectSame(await open().bytes('weights.bin'), bytes);
    expect(hub.requestsOf(WEIGHTS)).toHaveLength(4);
  });

  it('does not limit the time of a download that brings bytes', async () => {
    const slow = async () =>
      new Response(
        new ReadableStream({
          async pull(controller) {
            await new Promise((resolve) => setTimeout(resolve, 40));
            if (++sent > 5) controller.close();
            else controller.enqueue(new Uint8Array(10));
          },
        }),
      );
    let sent = 0;
    expect(await open({ fetch: slow }).bytes('weights.bin')).toHaveLength(50);
  });

  it('ends also a fetch function that ignores its signal', async () => {
    const never = () => new Promise<Response>(() => {});
    await expect(open({ fetch: never, maxTries: 1 }).open('a')).rejects.toMatchObject({ reason: 'timeout' });
  });

  it('is 30 seconds by default, and none with Infinity', async () => {
    const timers = vi.spyOn(globalThis, 'setTimeout');
    const answer = async () => new Response('abc');
    const delays = async (options: SourceOptions) => {
      timers.mockClear();
      await openModel(hub, { fetch: answer, ...options }).text('a.txt');
      return new Set(timers.mock.calls.map(([, delay]) => delay));
    };
    expect(await delays({})).toEqual(new Set([30_000]));
    expect(await delays({ timeout: Number.POSITIVE_INFINITY })).toEqual(new Set());
  });
});

describe('retryDelay', () => {
  it('doubles with each failure', async () => {
    hub.add(WEIGHTS, bytes, { fail: [500, 500, 500, 500] });
    const timers = vi.spyOn(globalThis, 'setTimeout');
    await open({ retryDelay: 3, timeout: 7777 }).open('weights.bin');
    const delays = timers.mock.calls
      .map(([, delay]) => delay)
      .filter((delay) => [3, 6, 12, 24].includes(delay!));
    expect(delays).toEqual([3, 6, 12, 24]);
  });
});
