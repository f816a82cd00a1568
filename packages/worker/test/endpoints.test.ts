import { Worker } from 'node:worker_threads';
import { ConfigError, type EncoderModel, loadEncoder } from '@headwise/core';
import { loadEncoder as loadParallel, type ShardEndpoint, WorkerError } from '@headwise/worker';
import { serveShard } from '@headwise/worker/shard';
import { afterEach, describe, expect, test } from 'vitest';
import { expectClose } from './helpers/compare.ts';
import { localShard, type Start } from './helpers/local-shard.ts';
import { tinyBert } from './helpers/tiny-bert.ts';

const files = tinyBert();
const TEXT = 'attention is all';
const single = await loadEncoder(files);
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

/** Spawns working shards, and records the first message to the first one. */
function spawnRecordingFirst(): { spawn: () => ShardEndpoint; first: Start[]; spawned: () => number } {
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

describe('a shard behind a port', () => {
  test.each([1, 2, 4])('gives the results of one thread (%i shards)', async (workers) => {
    const model = await load(() => localShard(), workers);
    expectClose(await model.embed(TEXT), expected);
    const [trace, other] = [await model.trace(TEXT), await single.trace(TEXT)];
    expectClose(trace.attention.data, other.attention.data);
  });

  test('is replaced when its port is closed', async () => {
    const { spawn, first, spawned } = spawnRecordingFirst();
    const model = await load(spawn);
    first[0]!.control.close();
    await expect.poll(spawned).toBe(3);
    expectClose(await model.embed(TEXT), expected);
  });

  test('lets calls fail when three replacements cannot be started, and later ones pass when they can', async () => {
    const { spawn, first } = spawnRecordingFirst();
    let [started, isBroken] = [0, false];
    const model = await load(() => {
      started++;
      if (isBroken) throw new Error('no threads left');
      return spawn();
    });
    isBroken = true;
    first[0]!.control.close();
    await expect.poll(() => started).toBe(2 + 3);
    await expect(model.embed(TEXT)).rejects.toMatchObject({
      name: 'WorkerError',
      message: 'worker 0 of 2 could not be started: no threads left',
    });
    expect(started).toBe(2 + 3 + 3);
    isBroken = false;
    expectClose(await model.embed(TEXT), expected);
  });

  test('is waited for by dispose when it ends later than its replacement', async () => {
    const { spawn, first, spawned } = spawnRecordingFirst();
    let end = () => {};
    const firstEnds = new Promise<void>((resolve) => {
      end = resolve;
    });
    let ended = 0;
    const model = await load(() => {
      const endpoint = spawn();
      const isFirst = spawned() === 1;
      return {
        ...endpoint,
        async terminate() {
          await endpoint.terminate();
          if (isFirst) await firstEnds;
          ended++;
        },
      };
    });
    first[0]!.control.close();
    await expect.poll(spawned).toBe(3);
    expectClose(await model.embed(TEXT), expected);
    const disposing = model.dispose().then(() => 'disposed');
    const waiting = new Promise((resolve) => setTimeout(() => resolve('waits'), 500));
    expect(await Promise.race([disposing, waiting])).toBe('waits');
    expect(ended).toBe(2);
    end();
    await disposing;
    expect(ended).toBe(3);
  });

  test('throws ConfigError for anything but the first message', () => {
    for (const message of [undefined, null, 'start', {}, { shard: { index: 0, count: 1 } }]) {
      expect(() => serveShard(message)).toThrow(ConfigError);
    }
  });
});

describe('a worker that never answers', () => {
  test('fails after startTimeout, at the first start and at a replacement', async () => {
    const silent = () => localShard(() => {});
    await expect(loadParallel(files, { workers: 2, spawn: silent, startTimeout: 50 })).rejects.toMatchObject({
      name: 'WorkerError',
      reason: 'silent',
      message: expect.stringMatching(/worker \d of 2 failed: it did not answer within 50 ms of its start/),
    });
    await expect(loadParallel(files, { startTimeout: 0 })).rejects.toThrow(
      'startTimeout must be a number of milliseconds above 0, got 0',
    );
  });

  test('has no limit once it has answered', async () => {
    const slow = () =>
      localShard((start) => {
        serveShard(start);
        // The coordinator's answers to readTensor come late: the worker loads for longer than startTimeout.
        const { postMessage } = start.coordinator;
        start.coordinator.postMessage = (...parameters: unknown[]) =>
          void setTimeout(() => Reflect.apply(postMessage, start.coordinator, parameters), 15);
      });
    const model = await loadParallel(files, { workers: 1, spawn: slow, startTimeout: 300 });
    models.push(model);
    expectClose(await model.embed(TEXT), expected);
  });
});

describe('a worker that ends', () => {
  test.each([
    ['throw', /^died$/, /uncaught|closed its port/],
    ['exit', /^died$/, /it exited with code 3|closed its port/],
    // On a busy machine the reason may arrive after the closed port has been reported.
    ['memory', /^memory$|^died$/, /memory|closed its port/],
  ] as const)('rejects the call and is replaced (%s)', async (end, reason, message) => {
    const started: Worker[] = [];
    const spawn = (): ShardEndpoint => {
      const worker = new Worker(new URL('./helpers/faulty-worker.ts', import.meta.url), {
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
    // The worker receives the message when its event loop runs next: the call may have finished by then.
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

describe('a shard that sends an invalid message is replaced', () => {
  const junk = ['junk', 7, null, [], {}, { id: 1 }, { id: 'unknown', type: 'RAW', value: { value: 1 } }];

  test.each(junk)('%j instead of a response', async (message) => {
    const { spawn, first, spawned } = spawnRecordingFirst();
    const model = await load(spawn);
    const hooks = { 'blocks.0.attention.output': () => void first[0]!.control.postMessage(message) };
    await expect(model.embed(TEXT, { hooks })).rejects.toMatchObject({
      reason: 'invalid-message',
      worker: 0,
    });
    expectClose(await model.embed(TEXT), expected);
    expect(spawned()).toBe(3);
  });

  const raw = (value: unknown) => ({ type: 'RAW', value });
  const calls = {
    'a path into a prototype': { type: 'SET', path: ['__proto__', 'polluted'], value: raw(true) },
    'a path through a function': {
      type: 'SET',
      path: ['reportActivation', '__proto__', 'polluted'],
      value: raw(true),
    },
    'a constructor': {
      type: 'APPLY',
      path: ['reportActivation', 'constructor'],
      argumentList: [raw('globalThis.polluted = true')],
    },
    'a getter': { type: 'GET', path: ['readTensor'] },
    'an endpoint': { type: 'ENDPOINT', path: [] },
    'a release': { type: 'RELEASE', path: [] },
    'a call of an unknown function': { type: 'APPLY', path: ['dispose'], argumentList: [] },
    'a serialized argument': {
      type: 'APPLY',
      path: ['readTensor'],
      argumentList: [{ type: 'HANDLER', name: 'throw', value: { isError: false, value: 1 } }],
    },
    'an activation of the wrong size': {
      type: 'APPLY',
      path: ['reportActivation'],
      argumentList: [
        raw(0),
        raw(0),
        raw({ name: 'output', shape: [2, 3], data: new Float32Array(5), placement: 'local' }),
      ],
    },
    'an invalid slice': {
      type: 'APPLY',
      path: ['reportActivation'],
      argumentList: [
        raw(0),
        raw(0),
        raw({
          name: 'output',
          shape: [2, 3],
          data: new Float32Array(6),
          placement: { axis: 1, from: 0, to: 4, of: 2 },
        }),
      ],
    },
  };

  test.each(Object.entries(calls))('%s instead of a call', async (_, message) => {
    const { spawn, first, spawned } = spawnRecordingFirst();
    const model = await load(spawn);
    const hooks = {
      'blocks.0.attention.output': () => void first[0]!.coordinator.postMessage({ id: 'x', ...message }),
    };
    await expect(model.embed(TEXT, { hooks })).rejects.toMatchObject({
      reason: 'invalid-message',
      worker: 0,
    });
    expectClose(await model.embed(TEXT), expected);
    expect(spawned()).toBe(3);
    expect(Object.hasOwn(globalThis, 'polluted')).toBe(false);
    expect('polluted' in {} || 'polluted' in expect).toBe(false);
  });

  test.each([
    ['nothing', undefined],
    ['another type', [1, 2, 3]],
    ['too few values', new Float32Array(3)],
  ])('%s instead of embeddings', async (_, embeddings) => {
    let spawned = 0;
    const spawn = () =>
      localShard((start) => {
        if (spawned++ > 0) return serveShard(start);
        // Responds to every call alike.
        start.control.onmessage = ({ data }) =>
          start.control.postMessage({ id: data.id, type: 'RAW', value: { value: embeddings } });
      });
    const model = await load(spawn, 1);
    await expect(model.embed(TEXT)).rejects.toMatchObject({ reason: 'invalid-message', worker: 0 });
    expectClose(await model.embed(TEXT), expected);
    expect(spawned).toBe(2);
  });

  test.each([
    ['a string', 'junk'],
    ['a partial sum of another size', { call: 0, round: 0, partial: new Float32Array(3) }],
  ])('%s to another shard', async (_, message) => {
    const { spawn, first, spawned } = spawnRecordingFirst();
    const model = await load(spawn);
    const hooks = {
      embeddings: () => {
        for (const round of [1, 2, 3]) {
          first[0]!.peers[1]!.postMessage(typeof message === 'object' ? { ...message, round } : message);
        }
      },
    };
    await expect(model.embed(TEXT, { hooks })).rejects.toMatchObject({
      reason: 'invalid-message',
      worker: 0,
    });
    expectClose(await model.embed(TEXT), expected);
    expect(spawned()).toBe(3);
  });

  test('replaces a worker that reports an out-of-memory error', async () => {
    let spawned = 0;
    const error = { name: 'OutOfMemoryError', message: 'full', code: 'ERR_WORKER', reason: 'memory' };
    const spawn = () =>
      localShard((start) => {
        if (spawned++ > 0) return serveShard(start);
        start.control.onmessage = ({ data }) => {
          const value =
            data.path[0] === 'encode' ? { error } : { value: { backend: 'fake', weightBytes: 0 } };
          start.control.postMessage({ id: data.id, type: 'RAW', value });
        };
      });
    const model = await load(spawn, 1);
    await expect(model.embed(TEXT)).rejects.toMatchObject({ reason: 'memory', worker: 0 });
    expectClose(await model.embed(TEXT), expected);
    expect(spawned).toBe(2);
  });
});
