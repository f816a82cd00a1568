import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { markdownTable, nodePlatform } from '@headwise/benchmarks';
import sentences from '@headwise/benchmarks/sentences.json' with { type: 'json' };
import { loadEncoder } from '@headwise/core';
import { findRedis, RedisServer } from '@headwise/test-redis';
import { openCorpus, readShard } from '../../../packages/fleet/src/corpus/open.ts';
import { writeShard } from '../../../packages/fleet/src/output/shard-files.ts';
import { type Plan, planRun, settingsOf } from '../../../packages/fleet/src/plan/plan.ts';
import type { ShardJob } from '../../../packages/fleet/src/queue/queue.ts';
import { RedisQueue } from '../../../packages/fleet/src/queue/redis-queue.ts';

// What the parts of a run over a large corpus take, in processor time, which other programs of the machine hardly change: `npm run verify -- fleet-parts`. docs/fleet.md
// computes from them what limits a run over a billion texts.

const program = findRedis();
if (!program) throw new Error('fleet-parts: needs redis-server');
const TEXTS = 200_000;
const JOBS = 50_000;
const SHARD = 1024;
const WIDTH = 384;
const folder = await mkdtemp(join(tmpdir(), 'headwise-fleet-'));
const redis = await RedisServer.start(program);
const lines: string[][] = [];

/** Seconds of the processor that a step takes in this process. */
async function cpuOf<T>(step: () => Promise<T>): Promise<[seconds: number, value: T]> {
  const before = process.cpuUsage();
  const value = await step();
  const { user, system } = process.cpuUsage(before);
  return [(user + system) / 1e6, value];
}

/** Seconds of the processor that Redis has taken. */
async function redisCpu(): Promise<number> {
  const text = await readFile(`/proc/${redis.pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  // utime and stime, in hundredths of a second.
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function redisMemory(): Promise<number> {
  const text = await readFile(`/proc/${redis.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s*(\d+) kB$/m.exec(text)![1]) * 1024;
}

async function compute(): Promise<void> {
  for (const [backend, dtype] of [
    ['wasm-simd', 'f32'],
    ['wasm-relaxed-simd', 'f32'],
    ['wasm-relaxed-simd', 'q8'],
  ] as const) {
    const model = await loadEncoder(await nodePlatform.minilm(), { backend, dtype });
    const texts = sentences.sentences.slice(0, 512);
    await model.embed(texts.slice(0, 64));
    const tokens = texts.reduce((sum, text) => sum + model.tokenize(text).ids.length, 0) / texts.length;
    const [seconds] = await cpuOf(() => model.embed(texts));
    await model.dispose();
    lines.push([
      `all-MiniLM-L6-v2, ${backend}, ${dtype}, ${tokens.toFixed(0)} tokens a text`,
      `${(texts.length / seconds).toFixed(0)} texts a second of a core`,
    ]);
  }
}

async function files(): Promise<void> {
  const path = join(folder, 'corpus.jsonl');
  await writeFile(
    path,
    Array.from(
      { length: TEXTS },
      (_, id) => `${JSON.stringify({ id, text: sentences.sentences[id % sentences.sentences.length] })}\n`,
    ).join(''),
  );
  const { size } = await stat(path);
  const out = join(folder, 'out');
  const settings = settingsOf(path, { model: 'none', out, idField: 'id', shardSize: SHARD });
  const [planned, plan] = await cpuOf(() => planRun(out, settings, undefined));
  lines.push([
    'dividing JSONL',
    `${(TEXTS / planned / 1000).toFixed(0)},000 texts, ${(size / planned / 1e6).toFixed(0)} MB a second of a core`,
  ]);
  const planBytes = (await stat(join(out, 'plan.json'))).size;
  lines.push(['the plan', `${(planBytes / plan.shards.length).toFixed(0)} bytes a shard`]);
  const corpus = await openCorpus(path, 'jsonl', { text: 'text', id: 'id' });
  const shards = plan.shards.slice(0, 50);
  const [read, rows] = await cpuOf(() => Promise.all(shards.map((shard) => readShard(corpus, shard))));
  lines.push(['reading a shard of 1,024 texts', `${((1000 * read) / shards.length).toFixed(1)} ms`]);
  const vectors = { data: new Float32Array(SHARD * WIDTH).fill(0.1), width: WIDTH };
  const [written] = await cpuOf(async () => {
    for (const [index, of] of rows.entries()) await writeShard(out, plan as Plan, index, of, vectors);
  });
  lines.push([
    'hashing and writing a shard of 1,024 × 384',
    `${((1000 * written) / shards.length).toFixed(1)} ms`,
  ]);
  const vectorBytes = (
    await stat(join(out, `embeddings-00000-of-${String(plan.shards.length).padStart(5, '0')}.safetensors`))
  ).size;
  const recordBytes = (
    await stat(join(out, `embeddings-00000-of-${String(plan.shards.length).padStart(5, '0')}.json`))
  ).size;
  lines.push([
    'a vector of 384 features',
    `${(vectorBytes / SHARD).toFixed(1)} bytes, its id ${(recordBytes / SHARD).toFixed(1)}`,
  ]);
}

async function queue(): Promise<void> {
  const run = '123e4567-e89b-42d3-a456-426614174000';
  const jobs = Array.from(
    { length: JOBS },
    (_, shard): ShardJob => ({ run, directory: '/data/vectors', shard }),
  );
  const own = await RedisQueue.connect(redis.url);
  const [memory, before] = [await redisMemory(), await redisCpu()];
  const [added] = await cpuOf(() => own.add(jobs));
  const [after, filled] = [await redisCpu(), await redisMemory()];
  lines.push(['a waiting job in Redis', `${((filled - memory) / JOBS).toFixed(0)} bytes`]);
  lines.push([
    'adding a job',
    `${((1e6 * added) / JOBS).toFixed(0)} µs of the process, ${((1e6 * (after - before)) / JOBS).toFixed(0)} µs of Redis`,
  ]);
  let done = 0;
  let finish = () => {};
  const all = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const [worked] = await cpuOf(async () => {
    own.work(8, async () => {
      if (++done === JOBS) finish();
    });
    await all;
  });
  lines.push([
    'handing a job out and finishing it',
    `${((1e6 * worked) / JOBS).toFixed(0)} µs of the process, ${((1e6 * ((await redisCpu()) - after)) / JOBS).toFixed(0)} µs of Redis`,
  ]);
  await own.close();
}

try {
  await compute();
  await files();
  await queue();
  console.log(markdownTable(['part', 'measured'], lines, 0));
} finally {
  await redis.close();
  await rm(folder, { recursive: true, force: true });
}
