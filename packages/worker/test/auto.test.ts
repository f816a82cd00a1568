import { type EncoderModel, loadModel } from '@headwise/core';
import { loadModel as loadParallel, type SplitChoice, WorkerError } from '@headwise/worker';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { expectClose } from './helpers/compare.ts';
import { threads } from './helpers/threads.ts';
import { tinyBert } from './helpers/tiny-bert.ts';

const files = tinyBert();
const TEXTS = Array.from({ length: 90 }, (_, i) => 'abcdefgh '.repeat(1 + (i % 7)) + 'xyz'[i % 3]);
const WORKERS = 2;
let single: EncoderModel;
let expected: Float32Array[];

beforeAll(async () => {
  single = await loadModel(files);
  expected = await single.embed(TEXTS);
});

function expectAll(embeddings: readonly Float32Array[]): void {
  expect(embeddings).toHaveLength(expected.length);
  for (const [i, embedding] of embeddings.entries()) expectClose(embedding, expected[i]!, TEXTS[i]);
}

describe.each(['messages', 'shared'] as const)('a split that is chosen for each call (%s)', (transport) => {
  let model: EncoderModel;
  const choices: SplitChoice[] = [];

  // It measures for more than a second.
  beforeAll(async () => {
    model = await loadParallel(files, {
      workers: WORKERS,
      transport,
      split: 'auto',
      onSplit: (choice) => choices.push(choice),
    });
  });
  beforeEach(() => {
    choices.length = 0;
  });
  afterAll(async () => {
    await model.dispose();
    await vi.waitFor(() => expect(threads()).toHaveLength(0), 5000);
  });

  test('gives the results of one thread, and says what it chose and why', async () => {
    expect(model.backend).toBe(`${single.backend} × 2 workers, together or each by itself`);
    expectAll(await model.embed(TEXTS));
    expectClose(await model.embed(TEXTS[0]!), expected[0]!);
    const [trace, other] = [await model.trace(TEXTS[2]!), await single.trace(TEXTS[2]!)];
    expectClose(trace.attention.data, other.attention.data);
    expect(choices.map(({ lengths }) => lengths.length)).toEqual([90, 1, 1]);
    for (const { split, predicted, trial } of choices) {
      const { heads, batch } = predicted;
      expect(Math.min(heads, batch)).toBeGreaterThan(0);
      expect(split).toBe(batch < heads === !trial ? 'batch' : 'heads');
    }
  });

  test('computes calls of both kinds that come together', async () => {
    const calls = Array.from({ length: 12 }, (_, i) =>
      i % 3 === 0 ? model.embed(TEXTS) : model.embed([TEXTS[i]!]),
    );
    for (const [i, embeddings] of (await Promise.all(calls)).entries()) {
      if (i % 3 === 0) expectAll(embeddings);
      else expectClose(embeddings[0]!, expected[i]!);
    }
  });

  test('survives the death of any of its workers', async () => {
    for (let turn = 0; turn < 6; turn++) {
      const calls = [model.embed(TEXTS), model.embed(TEXTS[turn]!), model.trace(TEXTS[turn]!)];
      const victim = threads()[turn % threads().length]!;
      void victim.terminate();
      for (const outcome of await Promise.allSettled<unknown>(calls))
        if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(WorkerError);
      await vi.waitFor(() => expect(threads()).not.toContain(victim), 5000);
      expectAll(await model.embed(TEXTS));
      await vi.waitFor(() => expect(threads()).toHaveLength(2 * WORKERS), 5000);
    }
  });
});

test('one worker has nothing to choose, and needs no copy', async () => {
  const choices: SplitChoice[] = [];
  const model = await loadParallel(files, {
    workers: 1,
    split: 'auto',
    onSplit: (choice) => choices.push(choice),
  });
  expect(threads()).toHaveLength(1);
  expect(model.backend).toBe(`${single.backend} × 1 worker`);
  expectAll(await model.embed(TEXTS));
  expect(choices).toEqual([]);
  await model.dispose();
});

test('loading that is aborted while it measures leaves no thread', async () => {
  const controller = new AbortController();
  const loading = loadParallel(files, { workers: 2, split: 'auto', signal: controller.signal });
  setTimeout(() => controller.abort(), 350);
  const outcome = await loading.catch((error: Error) => error.name);
  if (typeof outcome === 'string') expect(outcome).toBe('AbortError');
  else await outcome.dispose();
  await vi.waitFor(() => expect(threads()).toHaveLength(0), 5000);
});
