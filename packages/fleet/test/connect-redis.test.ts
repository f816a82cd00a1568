import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findRedis, RedisServer } from '@headwise/test-redis';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { runFleet } from '../src/index.ts';
import { connectRedis } from '../src/queue/connect-redis.ts';
import { ENCODER, newDirectory, texts, writeJsonl } from './helpers.ts';

const source = fileURLToPath(new URL('../src/queue/connect-redis.ts', import.meta.url));

/** A process in which BullMQ is not installed. */
const WITHOUT = `
  import { registerHooks } from 'node:module';
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier !== 'bullmq') return next(specifier, context);
      throw Object.assign(new Error("Cannot find package 'bullmq'"), { code: 'ERR_MODULE_NOT_FOUND' });
    },
  });
  const { connectRedis } = await import(${JSON.stringify(source)});
  await connectRedis('redis://localhost:1', {}).catch(({ code, reason, message }) => console.log(code, reason, message));
`;

test('without BullMQ, the error names the packages to install', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--no-warnings',
    '--input-type=module',
    '--eval',
    WITHOUT,
  ]);
  expect(stdout).toContain('ERR_FLEET queue');
  expect(stdout).toContain('npm install bullmq@6 ioredis@6');
});

test('where there is no Redis, its address is named', async () => {
  await expect(connectRedis('redis://127.0.0.1:1', {})).rejects.toThrow('127.0.0.1:1');
});

const program = findRedis();

async function startRedis(options?: readonly string[]): Promise<RedisServer> {
  const server = await RedisServer.start(program!, options);
  onTestFinished(() => server.close());
  return server;
}

/** Connects, and uses the queue as a run does when it begins. */
async function use(url: string): Promise<void> {
  const queue = await connectRedis(url, {});
  try {
    await queue.add([{ run: '123e4567-e89b-42d3-a456-426614174000', directory: '/', shard: 0 }]);
  } finally {
    await queue.close();
  }
}

test.runIf(program)('a Redis that cannot be used is refused with what to do', async () => {
  const { url } = await startRedis();
  const admin = new Redis(url);
  onTestFinished(() => admin.disconnect());
  const refused = async (address: string, ...parts: string[]) => {
    const error = (await use(address).catch((reason: unknown) => reason)) as Error;
    expect(error).toMatchObject({ code: 'ERR_FLEET', reason: 'queue' });
    for (const part of parts) expect(error.message).toContain(part);
    expect(error.message).not.toContain('secret');
  };
  await use(url);
  await refused(`${url}/99`, 'DB index is out of range');
  await admin.config('SET', 'maxmemory', '1');
  await refused(url, 'OOM', 'raise its maxmemory');
  await admin.config('SET', 'maxmemory', '0');
  await admin.replicaof('127.0.0.1', 1);
  await refused(url, 'use the address of its primary');
  await admin.replicaof('NO', 'ONE');
  await admin.acl('SETUSER', 'reader', 'on', '>secret', '~*', '+@read');
  await refused(url.replace('//', '//reader:secret@'), 'NOPERM', 'all commands that BullMQ uses');
  await admin.config('SET', 'requirepass', 'secret');
  await refused(url, 'it needs a password: redis://:PASSWORD@host');
  await refused(url.replace('//', '//:secret2@'), 'the user or the password of the URL is wrong');
  await use(url.replace('//', '//:secret@'));
  const cluster = await startRedis(['--appendonly', 'no', '--cluster-enabled', 'yes']);
  await refused(cluster.url, 'it is a cluster, and the queue needs a single Redis');
});

test.runIf(program)('a run adds its shards beside those of another that wait', async () => {
  const { url } = await startRedis();
  const directory = await newDirectory();
  const stop = new AbortController();
  const run = async (name: string, count: number) => {
    const corpus = await writeJsonl(
      join(directory, `${name}.jsonl`),
      texts(count).map((text) => ({ text })),
    );
    return runFleet(corpus, {
      ...{ model: ENCODER, out: join(directory, name), shardSize: 1, redis: url, workers: 0 },
      signal: stop.signal,
    });
  };
  const queue = await connectRedis(url, {});
  const holds = async (jobs: number) => {
    while ((await queue.left()) !== jobs) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  const large = expect(run('large', 20)).rejects.toThrow('aborted');
  await holds(20);
  const small = expect(run('small', 3)).rejects.toThrow('aborted');
  await holds(23);
  await queue.close();
  stop.abort();
  await Promise.all([large, small]);
});
