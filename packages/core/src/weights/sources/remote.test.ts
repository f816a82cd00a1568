import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HubServer } from '../../../test/helpers/hub-server.ts';
import { bytes, expectSame, MODEL, openModel, WEIGHTS } from '../../../test/helpers/remote-model.ts';
import { ConfigError, FormatError, LoadError } from '../../errors.ts';
import { resolveSource, type SourceOptions } from './resolve.ts';

let hub: HubServer;
beforeEach(async () => {
  hub = await HubServer.start();
});
afterEach(() => hub.stop());

const open = (options: SourceOptions = {}) => openModel(hub, options);

describe('RepositoryFiles of a hub repository', () => {
  it('follows redirects and reads text, JSON and bytes', async () => {
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

  it('requests the revision as one path segment', async () => {
    hub.add(`${MODEL}/refs%2Fpr%2F1/config.json`, '{}');
    await open({ revision: 'refs/pr/1' }).json('config.json');
    expect(hub.requests[0]!.path).toBe('/org/model/resolve/refs%2Fpr%2F1/config.json');
  });

  it('sends the given headers', async () => {
    hub.add(WEIGHTS, bytes);
    await open({ headers: { Authorization: 'Bearer secret' } }).bytes('weights.bin');
    expect(hub.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer secret',
      'Bearer secret',
    ]);
  });

  it('uses the given fetch', async () => {
    const requested: string[] = [];
    const files = open({
      fetch: async (url) => {
        requested.push(String(url));
        return new Response('abc');
      },
    });
    expect(await files.text('a b.txt')).toBe('abc');
    expect(requested).toEqual([`${hub.url}/org/model/resolve/main/a%20b.txt`]);
  });

  it('reads an empty file', async () => {
    hub.add(WEIGHTS, '');
    expect(await open().bytes('weights.bin')).toHaveLength(0);
  });

  it('requests a file once when it is opened several times concurrently', async () => {
    hub.add(WEIGHTS, bytes);
    const files = open();
    await Promise.all([files.bytes('weights.bin'), files.bytes('weights.bin'), files.open('weights.bin')]);
    expect(hub.requestsOf(WEIGHTS)).toHaveLength(1);
  });

  it('throws ConfigError for names that lead outside the repository', async () => {
    for (const name of ['../secret', 'a/../../b', '/etc/passwd', 'a//b', '', 'c:\\x', 'a\\b', 'http://x/y']) {
      await expect(open().open(name)).rejects.toThrow(ConfigError);
    }
    expect(hub.requests).toHaveLength(0);
  });
});

describe('RepositoryFiles of a URL', () => {
  it('accepts a URL with and without trailing slash and keeps its query', async () => {
    hub.add('models/minilm/config.json', '{}');
    for (const base of [`${hub.url}/store/models/minilm`, `${hub.url}/store/models/minilm/?signature=1`]) {
      expect(await resolveSource(base, { cache: false }).json('config.json')).toEqual({});
      expect(await resolveSource(new URL(base), { cache: false }).json('config.json')).toEqual({});
    }
  });
});

describe('RepositoryFiles on errors', () => {
  it('rejects with the name and URL of a missing file', async () => {
    await expect(open().open('config.json')).rejects.toMatchObject({
      name: 'LoadError',
      reason: 'not-found',
      file: 'config.json',
      url: `${hub.url}/org/model/resolve/main/config.json`,
      status: 404,
      message: expect.stringContaining(
        `config.json: not found at ${hub.url}/org/model/resolve/main/config.json (HTTP 404)`,
      ),
    });
  });

  it.each([401, 403])('rejects with a hint at access tokens for HTTP %i', async (status) => {
    hub.add(WEIGHTS, bytes, { fail: [status] });
    await expect(open().open('weights.bin')).rejects.toMatchObject({
      reason: 'unauthorized',
      status,
      message: expect.stringContaining(
        "to send an access token, pass headers: { Authorization: 'Bearer …' }",
      ),
    });
    expect(hub.requestsOf(WEIGHTS)).toHaveLength(1);
  });

  it('retries after server errors and gives up after maxTries', async () => {
    const file = hub.add(WEIGHTS, bytes, { fail: [500, 503, 429] });
    expectSame(await open().bytes('weights.bin'), bytes);
    file.fail = [500, 500, 500];
    await expect(open({ maxTries: 3 }).open('weights.bin')).rejects.toMatchObject({
      reason: 'http',
      status: 500,
      message: expect.stringContaining('gave up after 3 tries'),
    });
  });

  it('does not retry after a client error', async () => {
    hub.add(WEIGHTS, bytes, { fail: [418] });
    await expect(open().open('weights.bin')).rejects.toMatchObject({ reason: 'http', status: 418 });
    expect(hub.requestsOf(WEIGHTS)).toHaveLength(1);
  });

  it('can open a file again after a failure', async () => {
    hub.add(WEIGHTS, bytes, { fail: [418] });
    const files = open();
    await expect(files.open('weights.bin')).rejects.toThrow(LoadError);
    expectSame(await files.bytes('weights.bin'), bytes);
  });

  it('rejects with LoadError when the server cannot be reached', async () => {
    await hub.stop();
    await expect(open({ maxTries: 2 }).open('config.json')).rejects.toMatchObject({
      reason: 'network',
      message: expect.stringContaining('could not be reached: connect ECONNREFUSED'),
    });
  });

  it('rejects with FormatError for invalid JSON and UTF-8', async () => {
    hub.add(`${MODEL}/main/config.json`, '{');
    hub.add(`${MODEL}/main/vocab.txt`, new Uint8Array([0xff]));
    await expect(open().json('config.json')).rejects.toMatchObject({ name: 'FormatError', rule: 'not-json' });
    await expect(open().text('vocab.txt')).rejects.toThrow(FormatError);
  });
});

describe('RepositoryFiles.has', () => {
  it('sends a HEAD request', async () => {
    hub.add(WEIGHTS, bytes);
    expect(await open().has('weights.bin')).toBe(true);
    expect(await open().has('other.bin')).toBe(false);
    expect(hub.requests.every(({ method }) => method === 'HEAD')).toBe(true);
  });

  it.each([403, 405, 501])('falls back to GET when HEAD returns %i', async (headStatus) => {
    hub.add(WEIGHTS, bytes, { headStatus });
    expect(await open().has('weights.bin')).toBe(true);
  });

  it('rejects when the server returns errors', async () => {
    hub.add(WEIGHTS, bytes, { headStatus: 500 });
    await expect(open({ maxTries: 2 }).has('weights.bin')).rejects.toMatchObject({
      reason: 'http',
      status: 500,
    });
    expect(hub.requestsOf(WEIGHTS)).toHaveLength(2);
  });
});

describe('RepositoryFiles of a server that answers 403 for missing files', () => {
  it('counts them as absent once another file could be read', async () => {
    hub.add(WEIGHTS, bytes);
    hub.add(`${MODEL}/main/config.json`, '{}', { headStatus: 403, fail: [403, 403, 403] });
    await expect(open().has('config.json')).rejects.toMatchObject({ reason: 'unauthorized' });
    const files = open();
    await files.bytes('weights.bin');
    expect(await files.has('config.json')).toBe(false);
    await expect(files.open('config.json')).rejects.toMatchObject({ reason: 'not-found', status: 403 });
  });
});

describe('RepositoryFiles of a server with an HTML fallback page', () => {
  beforeEach(() => {
    hub.fallbackPage = '<!doctype html><title>app</title>';
  });

  it('treats the fallback page as a missing file', async () => {
    hub.add(WEIGHTS, bytes);
    const files = open();
    expect(await files.has('weights.bin')).toBe(true);
    expect(await files.has('tokenizer_config.json')).toBe(false);
    await expect(files.open('tokenizer_config.json')).rejects.toMatchObject({
      name: 'LoadError',
      reason: 'not-found',
      file: 'tokenizer_config.json',
      status: 200,
      message: expect.stringContaining('the server sent an HTML page instead'),
    });
  });

  it('treats the fallback page as a missing file when HEAD is not supported', async () => {
    hub.add(`${MODEL}/main/tokenizer_config.json`, hub.fallbackPage ?? '', {
      headStatus: 405,
      contentType: 'Text/HTML',
    });
    expect(await open().has('tokenizer_config.json')).toBe(false);
  });

  it('returns an HTML page that is requested by name', async () => {
    expect(await open().has('card.html')).toBe(true);
    expect(await open().text('card.html')).toBe(hub.fallbackPage);
  });
});
