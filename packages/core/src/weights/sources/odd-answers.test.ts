import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HubServer } from '../../../test/helpers/hub-server.ts';
import { bytes, expectSame, MODEL, openModel, WEIGHTS } from '../../../test/helpers/remote-model.ts';
import { temporaryDirectory } from '../../../test/helpers/temporary.ts';
import { openFileCache, type SourceOptions } from './resolve.ts';

let hub: HubServer;
beforeEach(async () => {
  hub = await HubServer.start();
});
afterEach(() => hub.stop());

const open = (options: SourceOptions = {}) => openModel(hub, options);
const newCache = async () => openFileCache(await temporaryDirectory())!;

/** Sends a text without its type, byte by byte. */
const byteByByte = (text: string) => async () =>
  new Response(
    new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of new TextEncoder().encode(text)) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    }),
  );

describe('a page instead of a file, byte by byte and without its type', () => {
  const pages = [
    '<!doctype html><title>log in</title>',
    '\ufeff\n <html lang="en"><body>log in</body></html>',
    '<!-- portal --><p>log in</p>',
    '<head><meta http-equiv="refresh" content="0"></head>',
    '<script>location = "/login"</script>',
    '<?xml version="1.0"?><!DOCTYPE html><html></html>',
  ];

  it.each(pages)('is not stored: %s', async (page) => {
    for (const name of ['config.json', 'weights.bin']) {
      const cache = await newCache();
      const files = open({ cache, fetch: byteByByte(page) });
      await expect(files.open(name)).rejects.toMatchObject({ name: 'FormatError', rule: 'html-page' });
      expect(await cache.list()).toEqual([]);
    }
  });

  it.each(pages)('does not replace the file that is stored: %s', async (page) => {
    const cache = await newCache();
    hub.add(`${MODEL}/main/config.json`, '{"a":1}');
    hub.add(WEIGHTS, bytes);
    await open({ cache }).json('config.json');
    await open({ cache }).bytes('weights.bin');
    const behind = open({ cache, fetch: byteByByte(page) });
    expect(await behind.json('config.json')).toEqual({ a: 1 });
    const again = open({ cache, fetch: byteByByte(page) });
    expectSame(await (await again.openHeader('weights.bin')).read(0, 100), bytes.subarray(0, 100));
    expect((await cache.list()).map(({ size }) => size).sort()).toEqual([300_000, 7]);
  });

  it('is none if it is a template or a vocabulary that begins with <', async () => {
    for (const text of ['<|im_start|>{{ messages }}', '<s>\n</s>', '<header>', '<'])
      expect(await open({ fetch: byteByByte(text) }).text('chat_template.jinja')).toBe(text);
  });
});

describe('a status that answers another request', () => {
  it.each([
    [206, { 'content-range': 'bytes 0-99/300000' }],
    [304, {}],
  ])('is an error: %i', async (status, headers) => {
    const cache = await newCache();
    const body = status === 206 ? bytes.slice(0, 100) : null;
    const files = open({ cache, fetch: async () => new Response(body, { status, headers }) });
    await expect(files.open('weights.bin')).rejects.toMatchObject({ reason: 'http', status });
    expect(await cache.list()).toEqual([]);
  });
});

describe('Retry-After', () => {
  it.each(['1', () => new Date(Date.now() + 2000).toUTCString()])('is waited for: %s', async (value) => {
    const opensAt = performance.now() + 900;
    const wait = typeof value === 'string' ? value : value();
    const answer = async () => {
      const isTooEarly = performance.now() < opensAt;
      return isTooEarly
        ? new Response('', { status: 429, headers: { 'retry-after': wait } })
        : new Response('{}');
    };
    expect(await open({ fetch: answer, maxTries: 2 }).json('config.json')).toEqual({});
  });

  it('of more than a minute is an error at once', async () => {
    let requests = 0;
    const answer = async () => {
      requests++;
      return new Response('', { status: 503, headers: { 'retry-after': '3600' } });
    };
    await expect(open({ fetch: answer }).open('config.json')).rejects.toMatchObject({
      status: 503,
      retryAfter: 3600,
      message: expect.stringContaining('returned HTTP 503; gave up after 1 tries, asked to wait 3600 s'),
    });
    expect(requests).toBe(1);
  });

  it.each(['soon', '-5', '', 'Thu, 01 Jan 1970 00:00:00 GMT'])(
    'is left out if it says nothing: %j',
    async (value) => {
      const statuses = [429, 200];
      const answer = async () =>
        new Response('{}', { status: statuses.shift()!, headers: { 'retry-after': value } });
      expect(await open({ fetch: answer }).json('config.json')).toEqual({});
    },
  );
});

describe('two versions of a model', () => {
  const path = (name: string) => `${MODEL}/main/${name}`;
  const add = (version: number) => {
    for (const name of ['config.json', 'tokenizer.json'])
      hub.add(path(name), JSON.stringify({ version }), { etag: `"${name}-${version}"` });
  };
  const versions = async (cache: SourceOptions['cache'] & object) => {
    const files = open({ cache });
    const read = async (name: string) => ((await files.json(name)) as { version: number }).version;
    return [await read('config.json'), await read('tokenizer.json')];
  };

  it('are not mixed when the server fails for the first of their files', async () => {
    const cache = await newCache();
    add(1);
    expect(await versions(cache)).toEqual([1, 1]);
    add(2);
    hub.files.get(path('config.json'))!.fail = [503];
    expect(await versions(cache)).toEqual([1, 1]);
    expect(await versions(cache)).toEqual([2, 2]);
  });

  it('are not mixed when it fails for a later one: that is asked for again', async () => {
    const cache = await newCache();
    add(1);
    expect(await versions(cache)).toEqual([1, 1]);
    add(2);
    hub.files.get(path('tokenizer.json'))!.fail = [503, 503];
    expect(await versions(cache)).toEqual([2, 2]);
    add(3);
    hub.files.get(path('tokenizer.json'))!.fail = Array(9).fill(503);
    await expect(versions(cache)).rejects.toMatchObject({ reason: 'http', status: 503 });
  });
});
