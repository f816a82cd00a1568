import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findRedis, RedisServer } from '@headwise/test-redis';
import { expect, onTestFinished, test } from 'vitest';
import { runFleet } from '../src/index.ts';
import { ENCODER, embeddingsOf, newDirectory, readRows, texts, writeJsonl } from './helpers.ts';

// The long test, with workers and Redis killed at random, is `npm run verify -- fleet`.

const program = findRedis();
const script = fileURLToPath(new URL('work.ts', import.meta.url));

/** A process that computes shards, and ends with the test. */
function startWorker(redis: string): ChildProcess {
  const child = spawn(process.execPath, [script, redis], { stdio: ['ignore', 'ignore', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

test.runIf(program)(
  'a worker and Redis are killed, and every text is embedded once, with the bits of one process',
  async () => {
    const server = await RedisServer.start(program!);
    onTestFinished(() => server.close());
    const directory = await newDirectory();
    const all = texts(300);
    const corpus = await writeJsonl(
      join(directory, 'corpus.jsonl'),
      all.map((text) => ({ text })),
    );
    const out = join(directory, 'out');
    await mkdir(out);
    const done = async () => (await readdir(out)).filter((name) => /^embeddings-.*\.json$/.test(name)).length;
    const notices: string[] = [];
    const first = startWorker(server.url);
    const run = runFleet(corpus, {
      model: ENCODER,
      out,
      shardSize: 10,
      redis: server.url,
      workers: 0,
      lockDuration: 500,
      onNotice: (notice) => notices.push(notice),
    });
    await until(async () => (await done()) >= 3);
    const ended = once(first, 'exit');
    first.kill('SIGKILL');
    await ended;
    await server.kill();
    await server.restart();
    const second = startWorker(server.url);
    const manifest = await run;
    const left = once(second, 'exit');
    second.kill('SIGTERM');
    expect(await left).toEqual([0, null]);
    expect(manifest.shards).toHaveLength(30);
    expect(await readRows(out, manifest)).toEqual(await embeddingsOf(all));
    expect(notices).toContain('connected with Redis again');
  },
  60_000,
);
