import { readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { HubServer } from '../../../test/helpers/hub-server.ts';
import { bytes, expectSame, MODEL, openModel, WEIGHTS } from '../../../test/helpers/remote-model.ts';
import { temporaryDirectory } from '../../../test/helpers/temporary.ts';
import { platform as browser } from '../../platform/browser.ts';
import { openFileCache, resolveSource, type SourceOptions } from './resolve.ts';

let hub: HubServer;
beforeEach(async () => {
  hub = await HubServer.start();
});
afterEach(() => hub.stop());

const open = (options: SourceOptions = {}) => openModel(hub, options);
const SECRETS = { Authorization: 'Bearer secret', 'X-Token': 'secret', Cookie: 'secret' };

describe("a redirect and the caller's headers", () => {
  let other: HubServer;
  beforeEach(async () => {
    other = await HubServer.start();
    hub.storeUrl = other.url;
    other.add(WEIGHTS, bytes, { cutAfter: [100_000] });
  });
  afterEach(() => other.stop());

  it('sends none of them to another origin, in any request', async () => {
    const cache = openFileCache(await temporaryDirectory())!;
    const options = { headers: SECRETS, cache };
    expect(await open(options).has('weights.bin')).toBe(true);
    expectSame(await open(options).bytes('weights.bin'), bytes);
    expectSame(await open(options).bytes('weights.bin'), bytes);
    // HEAD, download, resumed download, revalidation.
    expect(other.requests.map(({ method, status }) => `${method} ${status}`)).toEqual([
      'HEAD 200',
      'GET 200',
      'GET 206',
      'GET 304',
    ]);
    for (const { headers } of hub.requests) expect(headers).toMatchObject({ 'x-token': 'secret' });
    for (const { headers } of other.requests) expect(JSON.stringify(headers)).not.toContain('secret');
    expect(other.requests[2]!.headers).toHaveProperty('range');
    expect(other.requests[3]!.headers).toHaveProperty('if-none-match');
  });

  it('does not send them to the first origin again after another', async () => {
    const seen: [string, string | null][] = [];
    const locations = ['https://b.example/x', 'https://a.example/y'];
    const redirecting = async (url: string | URL | Request, init?: RequestInit) => {
      seen.push([new URL(String(url)).host, new Headers(init?.headers).get('x-token')]);
      const location = locations.shift();
      return location === undefined
        ? new Response('{}')
        : new Response(null, { status: 302, headers: { location } });
    };
    const files = resolveSource('https://a.example/', {
      fetch: redirecting as typeof fetch,
      headers: { 'X-Token': 'secret' },
      cache: false,
    });
    await files.json('config.json');
    expect(seen).toEqual([
      ['a.example', 'secret'],
      ['b.example', null],
      ['a.example', null],
    ]);
  });

  it.each(['data:application/json,{}', 'file:///etc/passwd'])(
    'does not follow a redirect to %s',
    async (location) => {
      const redirecting = async () => new Response(null, { status: 302, headers: { location } });
      const files = open({ fetch: redirecting, headers: { 'X-Token': 'secret' }, maxTries: 1 });
      await expect(files.open('config.json')).rejects.toMatchObject({ name: 'LoadError', reason: 'http' });
    },
  );

  it('follows at most 20 redirects', async () => {
    let requests = 0;
    const looping = async () => {
      requests++;
      return new Response(null, { status: 307, headers: { location: '/again' } });
    };
    const files = open({ fetch: looping, headers: { 'X-Token': 'secret' }, maxTries: 1 });
    await expect(files.open('config.json')).rejects.toMatchObject({ reason: 'http' });
    expect(requests).toBe(21);
  });

  it('is refused in browsers, which hide it, unless Authorization is the only one', async () => {
    const sent: RequestInit[] = [];
    const answer = async (_url: unknown, init?: RequestInit) => {
      sent.push(init!);
      const response = new Response('{}');
      return init?.redirect === 'manual'
        ? Object.defineProperty(response, 'type', { value: 'opaqueredirect' })
        : response;
    };
    const send = (callerHeaders: Record<string, string>) =>
      browser.send({
        fetch: answer as typeof fetch,
        url: new URL('https://a.example/config.json'),
        init: {},
        headers: {},
        callerHeaders,
      });
    await expect(send({ 'X-Token': 'secret' })).rejects.toThrow(
      'https://a.example/config.json redirects, and a browser would send X-Token to any server',
    );
    expect((await send({ Authorization: 'Bearer secret' })).status).toBe(200);
    expect(sent.map(({ redirect }) => redirect)).toEqual(['manual', 'follow']);
  });
});

describe('a compressed file that is much larger than its kind', () => {
  const MIB = 2 ** 20;
  const spaces = Buffer.alloc(192 * MIB, ' ');
  const bodies = {
    gzip: gzipSync(spaces, { level: 1 }),
    br: brotliCompressSync(spaces, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
  };

  it.each(['gzip', 'br'] as const)('is refused while it is read, with %s', async (encoding) => {
    let requests = 0;
    const server = createServer((_request, response) => {
      requests++;
      response.writeHead(200, { 'content-encoding': encoding }).end(bodies[encoding]);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const directory = await temporaryDirectory();
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const files = resolveSource(url, { cache: openFileCache(directory)! });
    const before = process.memoryUsage().arrayBuffers;
    await expect(files.json('config.json')).rejects.toMatchObject({
      name: 'FormatError',
      rule: 'too-large',
      message: expect.stringContaining('expected at most 16 MiB in a file of this kind'),
    });
    // What was read, with the garbage of unpacking it.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(spaces.length / 2);
    expect(requests).toBe(1);
    expect(await readdir(directory)).toEqual([]);
  });

  it('is refused by its Content-Length before it is read', async () => {
    let read = 0;
    const answer = async () =>
      new Response(new ReadableStream({ pull: () => void read++ }, { highWaterMark: 0 }), {
        headers: { 'content-length': String(300 * MIB) },
      });
    await expect(open({ fetch: answer }).json('tokenizer.json')).rejects.toMatchObject({ rule: 'too-large' });
    expect(read).toBe(0);
  });

  it('is refused in memory too, and weights are not limited', async () => {
    const files = resolveSource({
      'config.json': new Uint8Array(17 * MIB),
      'model.safetensors': new Uint8Array(129 * MIB),
    });
    await expect(files.json('config.json')).rejects.toMatchObject({ rule: 'too-large' });
    expect((await files.open('model.safetensors')).size).toBe(129 * MIB);
  });
});

describe('a resumed download', () => {
  it('starts again when the answer begins elsewhere and ends where the file does', async () => {
    for (const begin of [0, 99_999, 100_001]) {
      hub.requests.length = 0;
      hub.add(WEIGHTS, bytes, { cutAfter: [100_000], contentRange: `bytes ${begin}-299999/300000` });
      expectSame(await open().bytes('weights.bin'), bytes);
      expect(hub.requestsOf(WEIGHTS).map(({ headers }) => headers.range)).toEqual([
        undefined,
        'bytes=100000-',
        undefined,
      ]);
    }
  });

  it('starts again when a part has another ETag than the first', async () => {
    // A server that ignores If-Range answers with a part of the new version.
    const changed = bytes.map((byte) => byte ^ 255);
    let requests = 0;
    const answers = async (_url: unknown, init?: RequestInit) => {
      requests++;
      const range = new Headers(init?.headers).get('range');
      if (requests === 1) {
        const cut = new ReadableStream({
          start: (controller) => controller.enqueue(bytes.subarray(0, 100_000)),
          pull: (controller) => controller.error(new Error('cut')),
        });
        return new Response(cut, { headers: { etag: '"1"', 'content-length': '300000' } });
      }
      const headers = { etag: '"2"', 'content-length': range ? '200000' : '300000' };
      return range
        ? new Response(changed.subarray(100_000), {
            status: 206,
            headers: { ...headers, 'content-range': 'bytes 100000-299999/300000' },
          })
        : new Response(changed, { headers });
    };
    expectSame(await open({ fetch: answers as typeof fetch }).bytes('weights.bin'), changed);
    expect(requests).toBe(3);
  });
});

describe('an error', () => {
  it('does not contain the signature of a URL', async () => {
    const base = `${hub.url}/store/m/?X-Amz-Signature=secret&token=secret&version=2`;
    for (const status of [401, 404, 500]) {
      const answer = async () => new Response('', { status });
      const files = resolveSource(base, { fetch: answer, cache: false, maxTries: 1 });
      const error = await files.open('config.json').catch((reason: Error) => reason);
      expect(`${(error as Error).message} ${JSON.stringify(error)} ${files.location}`).not.toContain(
        'secret',
      );
      expect((error as Error).message).toContain(`/store/m/config.json?version=2`);
    }
  });
});

describe('names of files', () => {
  it.each(['a:b', 'C:', 'weights.bin:stream', 'sub/a:b.json'])('refuses %s', async (name) => {
    await expect(open().open(name)).rejects.toMatchObject({ name: 'ConfigError' });
    await expect(open().has(name)).rejects.toMatchObject({ name: 'ConfigError' });
    expect(() => resolveSource({ [name]: '' })).toThrow('is not a valid file name within a repository');
    expect(hub.requests).toEqual([]);
  });
});

describe('progress', () => {
  it('never runs back when more files are found to be needed', async () => {
    hub.add(`${MODEL}/main/config.json`, '{}');
    hub.add(`${MODEL}/main/tokenizer.json`, '{"a":1}');
    hub.add(WEIGHTS, bytes);
    const fractions: number[] = [];
    const files = open({
      onProgress: ({ loaded, total }) => {
        if (total !== undefined) fractions.push(loaded / total);
      },
    });
    for (const name of ['config.json', 'tokenizer.json', 'weights.bin']) await files.bytes(name);
    files.expect(['never.bin']);
    files.finish();
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(fractions.at(-1)).toBe(1);
  });
});

describe('the disk', () => {
  it('has the bytes of a file before its name', async () => {
    const { default: fs } = await import('node:fs');
    const { syncBuiltinESMExports } = await import('node:module');
    const calls: string[] = [];
    const probe = await fs.promises.open(import.meta.filename, 'r');
    const handles = Object.getPrototypeOf(probe);
    await probe.close();
    const sync = vi.spyOn(handles, 'sync').mockImplementation(async () => void calls.push('sync'));
    const { rename } = fs.promises;
    fs.promises.rename = async (from, to) => {
      calls.push('rename');
      return rename(from, to);
    };
    syncBuiltinESMExports();
    onTestFinished(() => {
      sync.mockRestore();
      fs.promises.rename = rename;
      syncBuiltinESMExports();
    });
    hub.add(WEIGHTS, bytes);
    await open({ cache: openFileCache(await temporaryDirectory())! }).bytes('weights.bin');
    // The file and its entry.
    expect(calls).toEqual(['sync', 'rename', 'sync', 'rename']);
  });
});
