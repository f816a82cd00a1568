import { cp, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { modelSource } from '@headwise/models';
import type OpenAI from 'openai';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type RunningServer, startServer } from '../src/index.ts';
import {
  atNextTask,
  clientOf,
  killAtNextTask,
  metric,
  post,
  serve,
  small,
  until,
  watchThreads,
} from './helpers.ts';

/** A request that takes some tenths of a second. */
const long = { model: 'gpt-mini', prompt: 'The ', seed: 5, n: 100, max_tokens: 100 };
const writer = () => small('gpt-mini');

async function embed(client: OpenAI, input: string): Promise<number[]> {
  return (await client.embeddings.create({ model: 'ko-student', input })).data[0]!.embedding;
}

describe('many clients', () => {
  test('64 at once for a second get their answers, in batches, and the event loop stays free', async () => {
    const server = await serve([await small('ko-student')], { workers: 2 });
    const client = clientOf(server);
    const texts = Array.from({ length: 64 }, (_, i) => `${'the file '.repeat(i % 8)}${i}`);
    const expected = await Promise.all(texts.map((text) => embed(client, text)));
    const delay = monitorEventLoopDelay({ resolution: 10 });
    delay.enable();
    const end = performance.now() + 1000;
    let answered = 0;
    await Promise.all(
      texts.map(async (text, i) => {
        for (; performance.now() < end; answered++) expect(await embed(client, text)).toEqual(expected[i]);
      }),
    );
    delay.disable();
    const requests = await metric(server, 'headwise_batch_requests_sum{model="ko-student"}');
    const batches = await metric(server, 'headwise_batch_requests_count{model="ko-student"}');
    expect(requests).toBe(answered + 64);
    expect(requests / batches).toBeGreaterThan(2);
    // 64 clients of this process run on it too, on a machine that may be busy.
    expect(delay.percentile(50) / 1e6).toBeLessThan(100);
  });

  test('more than may wait are told when to try again', async () => {
    const server = await serve([await writer()], { maxQueue: 2 });
    const answers = await Promise.all(Array.from({ length: 5 }, () => post(server, 'completions', long)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 429, 429]);
    const refused = answers.find(({ status }) => status === 429)!;
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(await refused.json()).toMatchObject({ error: { type: 'rate_limit_error', code: 'queue_full' } });
  });
});

describe('a request with many texts', () => {
  const texts = Array.from({ length: 300 }, (_, i) => `the file ${i}`);
  const body = { model: 'ko-student', input: texts };
  const computed = (server: RunningServer) =>
    metric(server, 'headwise_batch_requests_count{model="ko-student"}');

  test('is computed in parts, between which others have their turn, and has all vectors in order', async () => {
    const server = await serve([await small('ko-student')]);
    const client = clientOf(server);
    let isAnswered = false;
    const many = client.embeddings.create(body).finally(() => {
      isAnswered = true;
    });
    await until(async () => (await computed(server)) > 0);
    const alone = await embed(client, texts[299]!);
    expect(isAnswered).toBe(false);
    const { data, usage } = await many;
    expect(data.map(({ index }) => index)).toEqual(texts.map((_, i) => i));
    expect(data[299]!.embedding).toEqual(alone);
    expect(data[64]!.embedding).toEqual(await embed(client, texts[64]!));
    expect(usage.prompt_tokens).toBeGreaterThan(1000);
  });

  test('is answered as a whole when the server closes, or a thread dies', async () => {
    const threads = watchThreads();
    const server = await startServer([await small('ko-student')], { port: 0, logger: false });
    const many = post(server, 'embeddings', body);
    await until(async () => (await computed(server)) > 0);
    await killAtNextTask(threads[0]!);
    await server.close();
    const { data } = (await (await many).json()) as { data: unknown[] };
    expect(data).toHaveLength(300);
  });
});

describe('a client that goes', () => {
  test('ends its work, and that which waits', async () => {
    const server = await serve([await writer()]);
    const client = clientOf(server);
    const running = (kind: string) => metric(server, `headwise_${kind}{model="gpt-mini"}`);
    const stop = new AbortController();
    const stream = await client.completions.create({ ...long, stream: true });
    const waits = post(server, 'completions', long, { signal: stop.signal });
    const refused = expect(waits).rejects.toThrow();
    await until(async () => (await running('waiting')) === 1);
    stop.abort();
    await refused;
    await until(async () => (await running('waiting')) === 0);
    expect(await running('running')).toBe(1);
    for await (const _ of stream) break;
    await until(async () => (await running('running')) === 0);
    // Of the texts that both asked for, none was finished.
    expect(await metric(server, 'headwise_tokens_total{model="gpt-mini",kind="completion"}')).toBeNaN();
    expect(await metric(server, 'headwise_thread_exits_total{model="gpt-mini"}')).toBeNaN();
    expect((await post(server, 'completions', { ...long, n: 1 })).status).toBe(200);
  });
});

describe('a thread that dies', () => {
  test('loses no request of 64: others compute them', async () => {
    const threads = watchThreads();
    const server = await serve([await small('ko-student')], { workers: 2 });
    const client = clientOf(server);
    const texts = Array.from({ length: 64 }, (_, i) => `${'the file '.repeat(40)}${i}`);
    const expected = await Promise.all(texts.map((text) => embed(client, text)));
    // One after the other: each kill has its own requests.
    for (const thread of threads.slice(0, 2)) {
      const killed = killAtNextTask(thread);
      const answers = Promise.all(texts.map((text) => embed(client, text)));
      await killed;
      expect(await answers).toEqual(expected);
    }
    expect(await metric(server, 'headwise_thread_exits_total{model="ko-student"}')).toBe(2);
    expect(await metric(server, 'headwise_retried_requests_total{model="ko-student"}')).toBeGreaterThan(0);
    await until(async () => (await metric(server, 'headwise_ready{model="ko-student"}')) === 2);
    expect(threads).toHaveLength(4);
  });

  test('while it streams is replaced, and the text goes on as if nothing had happened', async () => {
    const threads = watchThreads();
    const server = await serve([await writer()]);
    const client = clientOf(server);
    const textsOf = async (onPiece = async (_: number) => {}) => {
      const texts = new Map<number, string>();
      let pieces = 0;
      for await (const { choices } of await client.completions.create({ ...long, n: 40, stream: true })) {
        const { index, text } = choices[0]!;
        texts.set(index, (texts.get(index) ?? '') + text);
        await onPiece(++pieces);
      }
      return [...texts];
    };
    const expected = await textsOf();
    const texts = await textsOf(async (pieces) => {
      if (pieces === 5) await threads[0]!.terminate();
    });
    expect(texts).toEqual(expected);
    expect(await metric(server, 'headwise_retried_requests_total{model="gpt-mini"}')).toBe(1);
  });

  test('four times of one request is an error of this request, and the next one is answered', async () => {
    const threads = watchThreads();
    const server = await serve([await writer()]);
    let answer: Promise<Response> | undefined;
    for (let deaths = 0; deaths < 4; deaths++) {
      await until(async () => threads.length > deaths);
      const killed = killAtNextTask(threads[deaths]!);
      answer ??= post(server, 'completions', long);
      await killed;
    }
    const refused = (await answer)!;
    expect(refused.status).toBe(500);
    expect(await refused.json()).toMatchObject({ error: { type: 'server_error', code: 'ERR_WORKER' } });
    expect(await metric(server, 'headwise_retried_requests_total{model="gpt-mini"}')).toBe(3);
    expect((await post(server, 'completions', { ...long, max_tokens: 1 })).status).toBe(200);
  });

  test('while it starts, several times in a row, loses no request that waits', async () => {
    const threads = watchThreads();
    const server = await serve([await small('ko-student')]);
    const client = clientOf(server);
    const expected = await embed(client, 'a');
    let kills = 0;
    const kill = (thread: Worker) => {
      if (++kills <= 4) void thread.terminate();
    };
    process.on('worker', kill);
    onTestFinished(() => void process.off('worker', kill));
    await threads[0]!.terminate();
    expect(await embed(client, 'a')).toEqual(expected);
    expect(threads).toHaveLength(6);
  });

  test('and cannot be replaced is told to clients and to the health check', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'headwise-server-'));
    await cp(fileURLToPath((await modelSource('ko-student')) as URL), folder, { recursive: true });
    const threads = watchThreads();
    const server = await serve([{ source: folder, id: 'copy' }]);
    const health = async () => {
      const response = await fetch(`${server.url}/health`);
      return [response.status, ((await response.json()) as { status: string }).status];
    };
    expect(await health()).toEqual([200, 'ok']);
    await rm(folder, { recursive: true });
    await threads[0]!.terminate();
    const answer = await post(server, 'embeddings', { model: 'copy', input: 'a' });
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await answer.json()).toMatchObject({ error: { code: 'model_unavailable' } });
    expect(await health()).toEqual([503, 'unavailable']);
  });
});

describe('close', () => {
  test('answers what was accepted, streams too, refuses what comes, and leaves no thread', async () => {
    const threads = watchThreads();
    const server = await startServer([await writer()], { port: 0, logger: false });
    const client = clientOf(server);
    const stream = await client.completions.create({ ...long, stream: true });
    const waiting = post(server, 'completions', { ...long, max_tokens: 5 });
    await until(async () => (await metric(server, 'headwise_waiting{model="gpt-mini"}')) === 1);
    const closed = server.close();
    await expect(post(server, 'completions', long)).rejects.toThrow();
    let finished = 0;
    for await (const { choices } of stream) finished += Number(choices[0]!.finish_reason !== null);
    expect(finished).toBe(long.n);
    expect((await waiting).status).toBe(200);
    await closed;
    await expect(fetch(server.url)).rejects.toThrow();
    for (const thread of threads) expect(thread.threadId).toBe(-1);
  });

  test('waits for no connection without a whole request', async () => {
    const server = await startServer([await small('ko-student')], { port: 0, logger: false });
    const head = 'POST /v1/embeddings HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n';
    const sockets = ['', head, `${head}content-length: 100\r\n\r\n{"model"`].map((sent) => {
      const socket = connect(server.port, '127.0.0.1', () => socket.write(sent));
      return new Promise((resolve) => socket.on('error', resolve).on('close', resolve));
    });
    // Of those that are written to, the bytes have come.
    await fetch(`${server.url}/health`);
    await server.close();
    await Promise.all(sockets);
  });

  test('ends all at once when it is called again', async () => {
    const threads = watchThreads();
    const server = await startServer([await writer()], { port: 0, logger: false });
    const closed = atNextTask(threads[0]!, () => Promise.all([server.close(), server.close()]));
    await expect(post(server, 'completions', long)).rejects.toThrow();
    await closed;
  });
});
