import { Worker } from 'node:worker_threads';
import { type EncoderModel, loadModel } from '@headwise/core';
import { loadModel as loadParallel, type ShardEndpoint, WorkerError } from '@headwise/worker';
import { serveShard } from '@headwise/worker/shard';
import { afterEach, describe, expect, test } from 'vitest';
import { expectClose } from './helpers/compare.ts';
import { localShard, type Start } from './helpers/local-shard.ts';
import { tinyBert } from './helpers/tiny-bert.ts';

const files = tinyBert();
const TEXT = 'attention is all';
const single = await loadModel(files);
const expected = await single.embed(TEXT);

const models: EncoderModel[] = [];
afterEach(async () => {
  for (const model of models.splice(0)) await model.dispose();
});

async function load(spawn: () => ShardEndpoint, workers = 2): Promise<EncoderModel> {
  const model = await loadParallel(files, { workers, spawn });
  models.push(model);
  return model;
}

/** Starts proper shards, and keeps what the first one was given. */
function watchFirst(): { spawn: () => ShardEndpoint; first: Start[]; spawned: () => number } {
  const first: Start[] = [];
  let spawned = 0;
  const spawn = () => {
    spawned++;
    return localShard((start) => {
      if (first.length === 0) first.push(start);
      serveShard(start);
    });
  };
  return { spawn, first, spawned: () => spawned };
}

describe('a shard behind any port', () => {
  test.each([1, 2, 4])('computes as a worker does: %i of them', async (workers) => {
    const model = await load(() => localShard(), workers);
    expectClose(await model.embed(TEXT), expected);
    const [trace, other] = [await model.trace(TEXT), await single.trace(TEXT)];
    expectClose(trace.attention.data, other.attention.data);
  });

  test('that is closed is replaced', async () => {
    const { spawn, first, spawned } = watchFirst();
    const model = await load(spawn);
    first[0]!.control.close();
    await expect.poll(spawned).toBe(3);
    expectClose(await model.embed(TEXT), expected);
  });

  test('is served nothing but the first message', () => {
    for (const message of [undefined, null, 'start', {}, { shard: { index: 0, count: 1 } }]) {
      expect(() => serveShard(message)).toThrow(TypeError);
    }
  });
});

describe('a worker that ends by itself', () => {
  test.each([
    ['throw', /^died$/, /thrown where nobody catches|closed its port/],
    ['exit', /^died$/, /it exited with code 3|closed its port/],
    // A busy machine may take longer to say so than a call waits to hear why its worker's port has closed.
    ['memory', /^memory$|^died$/, /memory|closed its port/],
  ] as const)('by %s rejects the call and is replaced', async (end, reason, message) => {
    const started: Worker[] = [];
    const spawn = (): ShardEndpoint => {
      const worker = new Worker(new URL('./helpers/rogue.ts', import.meta.url), {
        resourceLimits: { maxOldGenerationSizeMb: 48 },
      });
      started.push(worker);
      return {
        start: (start, transfer) => worker.postMessage(start, transfer as never),
        onFailure(listener) {
          worker.on('error', listener);
          worker.on('exit', (code) => listener(new Error(`it exited with code ${code}`)));
        },
        terminate: async () => void (await worker.terminate()),
      };
    };
    const model = await load(spawn);
    const hooks = { 'blocks.0.attention.output': () => started[1]!.postMessage(end) };
    // The worker reads its message when it next waits: the call may be over by then.
    let outcome: unknown;
    for (let i = 0; i < 200 && !(outcome instanceof Error); i++) {
      outcome = await model.embed(TEXT, i === 0 ? { hooks } : {}).catch((error: unknown) => error);
    }
    expect(outcome).toBeInstanceOf(WorkerError);
    expect(outcome).toMatchObject({
      reason: expect.stringMatching(reason),
      worker: 1,
      message: expect.stringMatching(message),
    });
    expectClose(await model.embed(TEXT), expected);
    expect(started).toHaveLength(3);
  });
});

describe('a shard that sends rubbish is replaced', () => {
  const junk = ['junk', 7, null, [], {}, { id: 1 }, { id: 'unknown', type: 'RAW', value: { value: 1 } }];

  test.each(junk)('%j in place of an answer', async (message) => {
    const { spawn, first, spawned } = watchFirst();
    const model = await load(spawn);
    const hooks = { 'blocks.0.attention.output': () => void first[0]!.control.postMessage(message) };
    await expect(model.embed(TEXT, { hooks })).rejects.toMatchObject({ reason: 'rubbish', worker: 0 });
    expectClose(await model.embed(TEXT), expected);
    expect(spawned()).toBe(3);
  });

  const raw = (value: unknown) => ({ type: 'RAW', value });
  const calls = {
    'a path into a prototype': { type: 'SET', path: ['__proto__', 'polluted'], value: raw(true) },
    'one through a function': {
      type: 'SET',
      path: ['show', '__proto__', 'polluted'],
      value: raw(true),
    },
    'a constructor': {
      type: 'APPLY',
      path: ['show', 'constructor'],
      argumentList: [raw('globalThis.polluted = true')],
    },
    'a getter': { type: 'GET', path: ['readTensor'] },
    'an endpoint': { type: 'ENDPOINT', path: [] },
    'a release': { type: 'RELEASE', path: [] },
    'a call of what is not there': { type: 'APPLY', path: ['dispose'], argumentList: [] },
    'something to unpack': {
      type: 'APPLY',
      path: ['readTensor'],
      argumentList: [{ type: 'HANDLER', name: 'throw', value: { isError: false, value: 1 } }],
    },
    'no activation': {
      type: 'APPLY',
      path: ['show'],
      argumentList: [
        raw(0),
        raw(0),
        raw({ name: 'output', shape: [2, 3], data: new Float32Array(5), held: 'local' }),
      ],
    },
    'a part that is none': {
      type: 'APPLY',
      path: ['show'],
      argumentList: [
        raw(0),
        raw(0),
        raw({
          name: 'output',
          shape: [2, 3],
          data: new Float32Array(6),
          held: { axis: 1, from: 0, to: 4, of: 2 },
        }),
      ],
    },
  };

  test.each(Object.entries(calls))('%s in place of a call', async (_, message) => {
    const { spawn, first, spawned } = watchFirst();
    const model = await load(spawn);
    const hooks = {
      'blocks.0.attention.output': () => void first[0]!.coordinator.postMessage({ id: 'x', ...message }),
    };
    await expect(model.embed(TEXT, { hooks })).rejects.toMatchObject({ reason: 'rubbish', worker: 0 });
    expectClose(await model.embed(TEXT), expected);
    expect(spawned()).toBe(3);
    expect(Object.hasOwn(globalThis, 'polluted')).toBe(false);
    expect('polluted' in {} || 'polluted' in expect).toBe(false);
  });

  test.each([
    ['nothing', undefined],
    ['another type', [1, 2, 3]],
    ['too few', new Float32Array(3)],
  ])('%s in place of embeddings', async (_, embeddings) => {
    let spawned = 0;
    const spawn = () =>
      localShard((start) => {
        if (spawned++ > 0) return serveShard(start);
        // Answers every call alike.
        start.control.onmessage = ({ data }) =>
          start.control.postMessage({ id: data.id, type: 'RAW', value: { value: embeddings } });
      });
    const model = await load(spawn, 1);
    await expect(model.embed(TEXT)).rejects.toMatchObject({ reason: 'rubbish', worker: 0 });
    expectClose(await model.embed(TEXT), expected);
    expect(spawned).toBe(2);
  });

  test.each([
    ['no part', 'junk'],
    ['one of another size', { call: 0, round: 0, partial: new Float32Array(3) }],
  ])('%s to another shard', async (_, message) => {
    const { spawn, first, spawned } = watchFirst();
    const model = await load(spawn);
    const hooks = {
      embeddings: () => {
        for (const round of [1, 2, 3]) {
          first[0]!.peers[1]!.postMessage(typeof message === 'object' ? { ...message, round } : message);
        }
      },
    };
    await expect(model.embed(TEXT, { hooks })).rejects.toMatchObject({ reason: 'rubbish', worker: 0 });
    expectClose(await model.embed(TEXT), expected);
    expect(spawned()).toBe(3);
  });

  test('an out-of-memory error in its place costs it its place too', async () => {
    let spawned = 0;
    const error = { name: 'OutOfMemoryError', message: 'full', code: 'ERR_WORKER', reason: 'memory' };
    const spawn = () =>
      localShard((start) => {
        if (spawned++ > 0) return serveShard(start);
        let answers = 0;
        start.control.onmessage = ({ data }) => {
          const value = answers++ === 0 ? { value: { backend: 'fake', weightBytes: 0 } } : { error };
          start.control.postMessage({ id: data.id, type: 'RAW', value });
        };
      });
    const model = await load(spawn, 1);
    await expect(model.embed(TEXT)).rejects.toMatchObject({ reason: 'memory', worker: 0 });
    expectClose(await model.embed(TEXT), expected);
    expect(spawned).toBe(2);
  });
});
