import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { modelSource } from '@headwise/models';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createService, type RunningServer, startServer } from '../src/index.ts';
import { metric, post, serve, small } from './helpers.ts';

let server: RunningServer;
const log: string[] = [];

beforeAll(async () => {
  const models = [await small('ko-student'), await small('gpt-mini')];
  const logger = pino({}, { write: (line: string) => void log.push(line) });
  server = await startServer(models, { port: 0, maxBodySize: 10_000, logger });
});
afterAll(() => server.close());

async function errorOf(response: Response): Promise<Record<string, unknown>> {
  const { error } = (await response.json()) as { error: Record<string, unknown> };
  return { status: response.status, ...error };
}

const embedding = { model: 'ko-student', input: 'a' };
const completion = { model: 'gpt-mini', prompt: 'a' };
const chat = { model: 'gpt-mini', messages: [{ role: 'user', content: 'a' }] };

describe('a request is refused', () => {
  const cases: [path: string, body: object, status: number, code: string, param: string | null][] = [
    ['embeddings', { ...embedding, model: 'other' }, 404, 'model_not_found', 'model'],
    ['embeddings', { ...embedding, model: 'gpt-mini' }, 400, 'model_not_supported', 'model'],
    ['embeddings', { model: 'ko-student' }, 400, 'invalid_value', 'input'],
    ['embeddings', { ...embedding, input: null }, 400, 'invalid_value', 'input'],
    ['embeddings', { ...embedding, input: [] }, 400, 'invalid_value', 'input'],
    ['embeddings', { ...embedding, input: [[]] }, 400, 'invalid_value', 'input.0'],
    ['embeddings', { ...embedding, input: ['a', 1] }, 400, 'invalid_value', 'input.1'],
    ['embeddings', { ...embedding, input: [1, 1.5] }, 400, 'invalid_value', 'input.1'],
    ['embeddings', { ...embedding, input: [-1] }, 400, 'invalid_value', 'input.0'],
    ['embeddings', { ...embedding, input: [100_000] }, 400, 'invalid_value', 'input'],
    ['embeddings', { ...embedding, input: 'a '.repeat(200) }, 400, 'context_length_exceeded', 'input'],
    ['embeddings', { ...embedding, input: Array(2049).fill('a') }, 400, 'invalid_value', 'input'],
    ['embeddings', { ...embedding, encoding_format: 'int8' }, 400, 'invalid_value', 'encoding_format'],
    ['embeddings', { ...embedding, dimensions: 16 }, 400, 'invalid_value', 'dimensions'],
    ['embeddings', { ...embedding, dimensions: 10_000 }, 400, 'invalid_value', 'dimensions'],
    ['embeddings', { ...embedding, truncate: true }, 400, 'unsupported_parameter', 'truncate'],
    ['completions', { ...completion, model: 'ko-student' }, 400, 'model_not_supported', 'model'],
    ['completions', { ...completion, suffix: 'b' }, 400, 'unsupported_parameter', 'suffix'],
    ['completions', { ...completion, echo: true }, 400, 'invalid_value', 'echo'],
    ['completions', { ...completion, best_of: 2 }, 400, 'invalid_value', 'best_of'],
    ['completions', { ...completion, temperature: 3 }, 400, 'invalid_value', 'temperature'],
    ['completions', { ...completion, temperature: '1' }, 400, 'invalid_value', 'temperature'],
    ['completions', { ...completion, top_p: 0 }, 400, 'invalid_value', 'top_p'],
    ['completions', { ...completion, max_tokens: 0 }, 400, 'invalid_value', 'max_tokens'],
    ['completions', { ...completion, seed: 0.5 }, 400, 'invalid_value', 'seed'],
    ['completions', { ...completion, stop: ['a', 'b', 'c', 'd', 'e'] }, 400, 'invalid_value', 'stop'],
    ['completions', { ...completion, n: 129 }, 400, 'invalid_value', 'n'],
    ['completions', { ...completion, prompt: Array(65).fill('a'), n: 2 }, 400, 'invalid_value', 'prompt'],
    ['completions', { ...completion, logit_bias: { a: 1 } }, 400, 'invalid_value', 'logit_bias.a'],
    ['completions', { ...completion, logit_bias: { 5000: 1 } }, 400, 'invalid_value', null],
    [
      'completions',
      { ...completion, stream_options: { include_usage: true } },
      400,
      'invalid_value',
      'stream_options',
    ],
    ['completions', { ...completion, prompt: 'a'.repeat(200) }, 400, 'context_length_exceeded', null],
    [
      'completions',
      { ...completion, prompt: 'a'.repeat(200), stream: true },
      400,
      'context_length_exceeded',
      null,
    ],
    ['chat/completions', chat, 400, 'model_not_supported', 'model'],
    ['chat/completions', { ...chat, functions: [] }, 400, 'unsupported_parameter', 'functions'],
    ['chat/completions', { ...chat, messages: [] }, 400, 'invalid_value', 'messages'],
    [
      'chat/completions',
      { ...chat, messages: [{ role: 'user' }] },
      400,
      'invalid_value',
      'messages.0.content',
    ],
    [
      'chat/completions',
      { ...chat, messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: '' } }] }] },
      400,
      'invalid_value',
      'messages.0.content.0.type',
    ],
    [
      'chat/completions',
      { ...chat, response_format: { type: 'json_object' } },
      400,
      'invalid_value',
      'response_format.type',
    ],
    ['chat/completions', { ...chat, store: true }, 400, 'invalid_value', 'store'],
  ];

  test.each(cases.map(([path, body, ...expected]) => [path, ...expected, body] as const))(
    '%s: %i %s (%s)',
    async (path, status, code, param, body) => {
      const error = await errorOf(await post(server, path, body));
      expect(error).toMatchObject({ status, code, param, type: 'invalid_request_error' });
      expect(error.message).toContain(param === null || param === 'model' ? '' : param);
    },
  );

  test('if its body is not JSON, too large, or of another type', async () => {
    const json = { 'content-type': 'application/json' };
    const send = async (init: RequestInit) => errorOf(await post(server, 'embeddings', {}, init));
    expect(await send({ body: '{' })).toMatchObject({ status: 400, code: 'invalid_json' });
    expect(await send({ body: '[]' })).toMatchObject({ status: 400, code: 'invalid_type' });
    expect(await send({ headers: { 'content-type': 'text/plain' } })).toMatchObject({ status: 415 });
    const large = JSON.stringify({ ...embedding, input: 'a'.repeat(10_000) });
    expect(await send({ body: large })).toMatchObject({ status: 413, code: 'request_too_large' });
    const chunked = new Blob([large]).stream();
    expect(await send({ body: chunked, headers: json, duplex: 'half' } as RequestInit)).toMatchObject({
      status: 413,
    });
  });

  test('if there is no such path', async () => {
    const response = await post(server, 'images', {});
    const id = response.headers.get('x-request-id');
    expect(await errorOf(response)).toMatchObject({ status: 404, code: 'not_found' });
    expect(id).toBeTruthy();
    expect(JSON.parse(log.at(-1)!)).toMatchObject({ id, status: 404, path: '/v1/images' });
    expect(await errorOf(await fetch(`${server.url}/v1/models/a/b`))).toMatchObject({
      code: 'model_not_found',
    });
  });

  test('and the log says why, but no text of it', async () => {
    const secret = 'a text that nobody else should read';
    await post(server, 'embeddings', { ...embedding, input: secret });
    await post(
      server,
      'embeddings',
      { ...embedding, input: secret, what: 1 },
      { headers: { 'content-type': 'application/json', 'x-request-id': 'mine' } },
    );
    const lines = log.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.at(-2)).toMatchObject({
      status: 200,
      model: 'ko-student',
      path: '/v1/embeddings',
      promptTokens: expect.any(Number),
    });
    expect(lines.at(-1)).toMatchObject({ status: 400, id: 'mine', error: expect.stringContaining('what') });
    expect(log.join('')).not.toContain(secret);
  });
});

test('a null field counts as not given', async () => {
  const given = { ...completion, suffix: null, temperature: null, stop: null };
  for (const more of [{}, { stream: true, stream_options: { include_usage: null } }])
    expect((await post(server, 'completions', { ...given, ...more })).status).toBe(200);
});

test('what changes no result is accepted', async () => {
  const more = { n: 2, best_of: 2, user: 'me', stream: true, stream_options: { include_obfuscation: false } };
  expect((await post(server, 'completions', { ...completion, ...more })).status).toBe(200);
});

test('a path has its own methods alone', async () => {
  for (const [method, path, allow] of [
    ['GET', '/v1/embeddings', 'POST'],
    ['PUT', '/v1/chat/completions', 'POST'],
    ['DELETE', '/v1/models/ko-student', 'GET'],
    ['POST', '/health', 'GET'],
    ['OPTIONS', '/v1/embeddings', 'POST'],
  ] as const) {
    const response = await fetch(`${server.url}${path}`, { method });
    expect(response.headers.get('allow')).toBe(allow);
    expect(await errorOf(response)).toMatchObject({ status: 405, code: 'method_not_supported' });
  }
  expect((await fetch(`${server.url}/v1/models`, { method: 'HEAD' })).status).toBe(200);
});

test('every request is in the log and has an id, those of unknown paths too', async () => {
  const response = await fetch(`${server.url}/none`);
  const id = response.headers.get('x-request-id');
  expect(id).toMatch(/\S/);
  expect(JSON.parse(log.at(-1)!)).toMatchObject({ id, status: 404, error: 'there is no GET /none' });
});

describe('pages of other origins', () => {
  const origin = 'http://localhost:3000';
  const preflight = (running: RunningServer, from: string) =>
    fetch(`${running.url}/v1/embeddings`, {
      method: 'OPTIONS',
      headers: {
        origin: from,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,x-stainless-os',
      },
    });
  const allowed = (response: Response) => response.headers.get('access-control-allow-origin');

  test('are refused, if none are allowed', async () => {
    expect(allowed(await preflight(server, origin))).toBeNull();
    const response = await fetch(`${server.url}/v1/models`, { headers: { origin } });
    expect(allowed(response)).toBeNull();
  });

  test('use the service if they are allowed, with keys, and read its errors', async () => {
    const other = await serve([await small('gpt-mini')], { allowedOrigins: [origin], apiKeys: ['one'] });
    const asked = await preflight(other, origin);
    expect([asked.status, allowed(asked)]).toEqual([204, origin]);
    expect(asked.headers.get('access-control-allow-headers')).toBe(
      'authorization,content-type,x-stainless-os',
    );
    expect(allowed(await preflight(other, 'http://localhost:3001'))).toBeNull();
    const headers = { origin, 'content-type': 'application/json' };
    const authorization = 'Bearer one';
    for (const [body, init, status] of [
      [completion, { headers: { ...headers, authorization } }, 200],
      [{ ...completion, stream: true }, { headers: { ...headers, authorization } }, 200],
      [{ ...completion, n: 0 }, { headers: { ...headers, authorization } }, 400],
      [completion, { headers }, 401],
    ] as const) {
      const response = await post(other, 'completions', body, init);
      expect([response.status, allowed(response)]).toEqual([status, origin]);
      expect(response.headers.get('access-control-expose-headers')).toContain('x-request-id');
      await response.text();
    }
    const form = new FormData();
    form.set('model', 'none');
    const send = (from: string) =>
      fetch(`${other.url}/v1/audio/transcriptions`, {
        method: 'POST',
        body: form,
        headers: { origin: from, authorization, 'sec-fetch-site': 'cross-site' },
      });
    expect((await send(origin)).status).toBe(400);
    expect((await send('http://localhost:3001')).status).toBe(403);
  });
});

test('fewer dimensions are those of a model that was trained for it', async () => {
  const other = await serve([await small('ko-student', { matryoshka: true })]);
  const vector = async (dimensions?: number) => {
    const response = await post(other, 'embeddings', { ...embedding, dimensions });
    const { data } = (await response.json()) as { data: { embedding: number[] }[] };
    return data[0]!.embedding;
  };
  const whole = await vector();
  const length = Math.hypot(...whole.slice(0, 16));
  for (const [i, value] of (await vector(16)).entries()) expect(value).toBeCloseTo(whole[i]! / length, 5);
  expect(await vector(16)).toHaveLength(16);
  const tooMany = await errorOf(
    await post(other, 'embeddings', { ...embedding, dimensions: whole.length + 1 }),
  );
  expect(tooMany).toMatchObject({ status: 400, param: 'dimensions' });
});

test('a key is needed if the service has some, but not for its health', async () => {
  const guarded = await serve([await small('ko-student')], { apiKeys: ['one', 'two'] });
  const status = async (path: string, authorization?: string) => {
    const response = await fetch(`${guarded.url}${path}`, {
      headers: authorization ? { authorization } : {},
    });
    if (response.status === 401) {
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
      expect(await errorOf(response)).toMatchObject({
        type: 'invalid_request_error',
        code: 'invalid_api_key',
      });
    }
    return response.status;
  };
  for (const path of ['/v1/models', '/metrics']) {
    expect(await status(path)).toBe(401);
    for (const wrong of [
      'Bearer',
      'Bearer three',
      'Bearer on',
      'Bearer onee',
      'Basic one',
      'one',
      'Bearer one two',
    ])
      expect(await status(path, wrong), wrong).toBe(401);
    for (const key of ['one', 'two']) expect(await status(path, `Bearer ${key}`)).toBe(200);
  }
  for (const key of ['one', 'two']) expect(await status('/v1/models', `bearer ${key}`)).toBe(200);
  expect(await status('/health')).toBe(200);
  expect((await post(guarded, 'embeddings', embedding)).status).toBe(401);
});

test('a server is closed where `await using` ends', async () => {
  let url: string;
  {
    await using running = await startServer([await small('ko-student')], { port: 0, logger: false });
    url = running.url;
    expect((await fetch(`${url}/health`)).status).toBe(200);
  }
  await expect(fetch(`${url}/health`)).rejects.toThrow();
});

describe('startServer rejects', () => {
  test('options that it does not have or that do not fit', async () => {
    const model = await small('ko-student');
    for (const [models, options] of [
      [[], {}],
      [[model, model], {}],
      [[{ ...model, dtyp: 'q8' }], {}],
      [[{ ...model, workers: 0 }], {}],
      [[model], { maxQueu: 1 }],
      [[model], { workers: 1.5 }],
      [[model], { apiKeys: [''] }],
      [[model], { allowedOrigins: ['http://localhost:3000/'] }],
      [[model], { allowedOrigins: ['localhost:3000'] }],
      [[model], { port: -1 }],
    ] as const) {
      await expect(startServer(models as never, { logger: false, ...options })).rejects.toMatchObject({
        code: 'ERR_CONFIG',
      });
    }
  });

  test('models that cannot be loaded, with the code of the loader', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'headwise-server-'));
    const load = async (source: string | URL) => createService([{ source }], { logger: false });
    await expect(load(empty)).rejects.toMatchObject({ code: 'ERR_LOAD', name: 'LoadError' });
    await expect(load((await modelSource('dates-fixed')) as URL)).rejects.toThrow(/recurrent/);
    await rm(empty, { recursive: true });
    await expect(
      createService([await small('ko-student')], { logger: false, signal: AbortSignal.timeout(1) }),
    ).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  test('a port that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    await expect(startServer([await small('ko-student')], { port, logger: false })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
    other.close();
  });
});

test('metrics count requests by route and status', async () => {
  const name = 'headwise_request_seconds_count{route="/v1/completions",status="200"}';
  const before = await metric(server, name);
  await post(server, 'completions', completion);
  expect(await metric(server, name)).toBe(before + 1);
});
