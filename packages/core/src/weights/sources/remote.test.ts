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

describe('a server that answers with a web page where it has no file', () => {
  beforeEach(() => {
    hub.fallbackPage = '<!doctype html><title>app</title>';
  });

  it('does not have that file', async () => {
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

  it('does not have it either if it does not know HEAD', async () => {
    hub.add(`${MODEL}/main/tokenizer_config.json`, hub.fallbackPage ?? '', {
      headStatus: 405,
      contentType: 'Text/HTML',
    });
    expect(await open().has('tokenizer_config.json')).toBe(false);
  });

  it('has a page that is asked for by its name', async () => {
    expect(await open().has('card.html')).toBe(true);
    expect(await open().text('card.html')).toBe(hub.fallbackPage);
  });
});
