import { type EncoderModel, LoadError, loadEncoder } from '@headwise/core';
import { loadEncoder as loadParallel, type ShardEndpoint, WorkerError } from '@headwise/worker';
import { serveShard } from '@headwise/worker/shard';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { expectClose } from './helpers/compare.ts';
import { localShard, type Start } from './helpers/local-shard.ts';
import { tinyBert } from './helpers/tiny-bert.ts';

const files = tinyBert();
const TEXT = 'attention is all';
const WORKERS = 3;

let expected: Float32Array;
const models: EncoderModel[] = [];
beforeAll(async () => {
  expected = await (await loadEncoder(files)).embed(TEXT);
});
afterEach(async () => {
  for (const model of models.splice(0)) await model.dispose();
});

interface Spawned {
  /** Reports a failure of the shard. */
  die(): void;
  /** The first message to the shard, once received. */
  start?: Start;
}

/** A model whose shards run in this thread. The first three shards work; `serve` runs their replacements. */
async function load(
  serve: (start: Start, number: number) => void,
  mayStart: (number: number) => void = () => {},
): Promise<{ model: EncoderModel; shards: Spawned[] }> {
  const shards: Spawned[] = [];
  let count = 0;
  const spawn = (): ShardEndpoint => {
    const number = count++;
    mayStart(number);
    const shard: Spawned = { die: () => {} };
    shards[number] = shard;
    const endpoint = localShard((start) => {
      shard.start = start;
      if (number < WORKERS) serveShard(start);
      else serve(start, number);
    });
    const onFailure = (listener: (error: Error) => void) => {
      shard.die = () => listener(new Error('killed'));
    };
    return { ...endpoint, onFailure };
  };
  const model = await loadParallel(files, { workers: WORKERS, spawn });
  models.push(model);
  return { model, shards };
}

const outcomeOf = (call: Promise<unknown>) => call.catch((error: unknown) => error);

test('no call starts while a replacement loads, even if another worker fails meanwhile', async () => {
  const { model, shards } = await load((start, number) => {
    if (number === 6) serveShard(start);
  });
  shards[0]!.die();
  shards[1]!.die();
  shards[3]!.die();
  // Shards 4 and 5 replace them and load at the same time.
  await expect.poll(() => shards.length).toBe(6);
  shards[5]!.die();
  await expect.poll(() => shards[6]?.start).toBeDefined();
  const embedding = model.embed(TEXT);
  const pause = new Promise((resolve) => setTimeout(resolve, 200, 'waiting'));
  expect(await Promise.race([outcomeOf(embedding), pause])).toBe('waiting');
  serveShard(shards[4]!.start);
  expectClose(await embedding, expected);
});

test('a call rejects when a replacement cannot load, and the next call tries again', async () => {
  const error = { name: 'LoadError', message: 'gone', code: 'ERR_LOAD', reason: 'network' };
  const { model, shards } = await load((start, number) => {
    if (number >= 6) return serveShard(start);
    start.control.onmessage = ({ data }) =>
      start.control.postMessage({ id: data.id, type: 'RAW', value: { error } });
  });
  shards[1]!.die();
  const outcome = await outcomeOf(model.embed(TEXT));
  expect(outcome).toBeInstanceOf(WorkerError);
  expect(outcome).toMatchObject({ reason: 'died', worker: 1, cause: expect.any(LoadError) });
  expectClose(await model.embed(TEXT), expected);
  expect(shards).toHaveLength(7);
});

test('a call rejects when a replacement cannot be started, and the next call tries again', async () => {
  const cause = new Error('no more threads');
  const { model, shards } = await load(
    (start, number) => number > 3 && serveShard(start),
    (number) => {
      if (number === 5 || number === 7) throw cause;
    },
  );
  shards[0]!.die();
  shards[2]!.die();
  shards[3]!.die();
  const outcome = await outcomeOf(model.embed(TEXT));
  expect(outcome).toBeInstanceOf(WorkerError);
  expect(outcome).toMatchObject({ reason: 'died', worker: 2, cause });
  expectClose(await model.embed(TEXT), expected);
  expect(shards).toHaveLength(10);
});

test('loadEncoder rejects when no worker can be started', async () => {
  const cause = new Error('no more threads');
  const fail = () => {
    throw cause;
  };
  const expectRejected = async (spawn: () => ShardEndpoint) => {
    const loading = loadParallel(files, { workers: WORKERS, spawn });
    await expect(loading).rejects.toMatchObject({ code: 'ERR_WORKER', reason: 'died', worker: 0, cause });
  };
  await expectRejected(fail);
  let terminated = 0;
  const terminate = async () => void terminated++;
  await expectRejected(() => ({ ...localShard(), start: fail, terminate }));
  expect(terminated).toBe(WORKERS);
});
