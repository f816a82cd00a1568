import { ConfigError, type EncoderModel, loadEncoder } from '@headwise/core';
import { loadEncoder as loadParallel, WorkerError } from '@headwise/worker';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { expectClose } from './helpers/compare.ts';
import { threads } from './helpers/threads.ts';
import { tinyBert } from './helpers/tiny-bert.ts';

const files = tinyBert();
const TEXTS = Array.from({ length: 120 }, (_, i) => 'abcdefgh '.repeat(1 + (i % 7)) + 'xyz'[i % 3]);
let single: EncoderModel;
let expected: Float32Array[];

beforeAll(async () => {
  single = await loadEncoder(files);
  expected = await single.embed(TEXTS);
});

describe('a model with split: batch', () => {
  const WORKERS = 3;
  let model: EncoderModel;

  beforeEach(async () => {
    model = await loadParallel(files, { workers: WORKERS, split: 'batch' });
  });
  afterEach(async () => {
    await model.dispose();
    await vi.waitFor(() => expect(threads()).toHaveLength(0), 5000);
  });

  test('returns bitwise the results of one thread', async () => {
    expect(model.backend).toBe(`${single.backend} × 3 whole models`);
    const progress: number[] = [];
    const embeddings = await model.embed(TEXTS, { onProgress: (done) => progress.push(done) });
    expect(embeddings).toEqual(expected);
    expect(progress.length).toBeGreaterThan(WORKERS);
    expect(progress.at(-1)).toBe(TEXTS.length);
    expect((await model.trace(TEXTS[0]!)).attention).toEqual({
      ...(await single.trace(TEXTS[0]!)).attention,
      map: expect.any(Function),
    });
  });

  test('runs as many calls at a time as there are workers', async () => {
    let [running, most] = [0, 0];
    const hooks = {
      embeddings: () => {
        most = Math.max(most, ++running);
      },
      output: () => {
        running--;
      },
    };
    const embeddings = await Promise.all(TEXTS.map((text) => model.embed(text, { hooks })));
    for (const [i, embedding] of embeddings.entries()) expectClose(embedding, expected[i]!);
    expect(most).toBeLessThanOrEqual(WORKERS);
    expect(most).toBeGreaterThan(1);
  });

  test('rejects only the call of a worker that is killed, and replaces the worker', async () => {
    const calls = TEXTS.slice(0, 12).map((text) => model.embed(text));
    const victim = threads()[0]!;
    const kill = () => void victim.terminate();
    const killed = model.embed(TEXTS[0]!, { hooks: { 'blocks.0.attention.output': kill } });
    const outcomes = await Promise.allSettled([...calls, killed]);
    for (const [i, outcome] of outcomes.entries()) {
      if (outcome.status === 'fulfilled') expectClose(outcome.value, expected[i % 12]!);
      else expect(outcome.reason).toBeInstanceOf(WorkerError);
    }
    expect(outcomes.filter(({ status }) => status === 'rejected').length).toBeLessThanOrEqual(1);
    await vi.waitFor(() => expect(threads().includes(victim)).toBe(false), 5000);
    expect(await model.embed(TEXTS)).toEqual(expected);
    await vi.waitFor(() => expect(threads()).toHaveLength(WORKERS), 5000);
  });

  test('reports the index of the failed worker', async () => {
    const workers = threads();
    expect(workers).toHaveLength(WORKERS);
    for (const index of [2, 0, 1]) {
      // As many calls as workers: one of them runs on the worker that is killed.
      const kill = { embeddings: () => void workers[index]!.terminate() };
      const calls = Array.from({ length: WORKERS }, (_, i) =>
        model.embed(TEXTS[i]!, i === 0 ? { hooks: kill } : {}),
      );
      const outcomes = await Promise.allSettled(calls);
      const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
      for (const { reason } of failed) {
        expect(reason).toMatchObject({ reason: 'died', worker: index });
        expect(reason.message).toMatch(`worker ${index} of ${WORKERS} failed`);
      }
      expect(failed.length).toBeLessThanOrEqual(1);
      await vi.waitFor(() => expect(threads()).not.toContain(workers[index]), 5000);
      await vi.waitFor(() => expect(threads()).toHaveLength(WORKERS), 5000);
      expect(await model.embed(TEXTS)).toEqual(expected);
    }
  });

  test('rejects a call when a hook throws, on abort, and on dispose', async () => {
    let seen = 0;
    const hooks = {
      output: () => {
        if (++seen === 2) throw new Error('from a hook');
      },
    };
    await expect(model.embed(TEXTS, { hooks })).rejects.toThrow('from a hook');
    const controller = new AbortController();
    const { signal } = controller;
    const aborted = model.embed(TEXTS, { signal, onProgress: () => controller.abort() });
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
    const running = model.embed(TEXTS);
    await Promise.all([
      expect(running).rejects.toMatchObject({ code: 'ERR_DISPOSED' }),
      model.embed(TEXTS[0]!).catch(() => {}),
      model.dispose(),
    ]);
  });
});

test('loadEncoder terminates all workers when loading fails', async () => {
  const config = { ...JSON.parse(files.get('config.json') as string), intermediate_size: 30 };
  const broken = new Map(files).set('config.json', JSON.stringify(config));
  await expect(loadParallel(broken, { workers: 3, split: 'batch' })).rejects.toThrow(/intermediate/);
  await vi.waitFor(() => expect(threads()).toHaveLength(0), 5000);
});

test.each(['layers', 'auto'])('loadEncoder throws ConfigError when split is %j', async (split) => {
  const loading = loadParallel(files, { split: split as 'heads' });
  await expect(loading).rejects.toThrow(ConfigError);
  await expect(loading).rejects.toThrow(`split must be 'heads' or 'batch', got "${split}"`);
});
