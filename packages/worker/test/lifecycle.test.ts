import { type EncoderModel, HeadwiseError, loadEncoder } from '@headwise/core';
import { loadEncoder as loadParallel } from '@headwise/worker';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { expectClose } from './helpers/compare.ts';
import { threads } from './helpers/threads.ts';
import { tinyBert } from './helpers/tiny-bert.ts';

const files = tinyBert();
const TEXT = 'attention is all';
const single = await loadEncoder(files);
const expected = await single.embed(TEXT);
let model: EncoderModel;

describe.each(['messages', 'shared'] as const)('a model (%s)', (transport) => {
  beforeEach(async () => {
    model = await loadParallel(files, { workers: 2, transport });
  });
  afterEach(async () => {
    await model.dispose();
    await vi.waitFor(() => expect(threads()).toHaveLength(0), 5000);
  });

  describe('calls', () => {
    test('run in order, and each returns its own result', async () => {
      const texts = Array.from({ length: 40 }, (_, i) => 'abcdefgh '.repeat(1 + (i % 7)) + 'xyz'[i % 3]);
      const order: number[] = [];
      const results = await Promise.all(
        texts.map(async (text, i) => {
          const result = await model.embed(text);
          order.push(i);
          return result;
        }),
      );
      for (const [i, text] of texts.entries()) expectClose(results[i]!, await single.embed(text), text);
      expect(order).toEqual([...texts.keys()]);
    });

    test('do not change their arguments', async () => {
      const data = new Float32Array(20).fill(0.5);
      await model.embed('', { hooks: { pooled: { edit: 'replace', data } } });
      expect(data).toEqual(new Float32Array(20).fill(0.5));
    });
  });

  describe('aborting', () => {
    test('stops the workers while loading', async () => {
      const reason = new Error('no longer needed');
      await expect(
        loadParallel(files, { workers: 3, transport, signal: AbortSignal.abort(reason) }),
      ).rejects.toBe(reason);
      for (const delay of [0, 5, 20]) {
        const controller = new AbortController();
        const loading = loadParallel(files, { workers: 3, transport, signal: controller.signal });
        setTimeout(() => controller.abort(reason), delay);
        await expect(loading).rejects.toBe(reason);
      }
      // Only the workers of the test's own model are left.
      await vi.waitFor(() => expect(threads()).toHaveLength(2), 5000);
    });

    test('rejects a running call, and the next call works', async () => {
      const controller = new AbortController();
      const { signal } = controller;
      const hooks = { 'blocks.0.attention.output': () => controller.abort() };
      const running = model.embed(TEXT, { signal, hooks });
      const next = model.embed(TEXT);
      await expect(running).rejects.toMatchObject({ name: 'AbortError' });
      expectClose(await next, expected);
    });

    test('gives either the reason or the result at any time', async () => {
      const long = 'abcdefghijklmnop '.repeat(3);
      const whole = await single.embed(long);
      for (let i = 0; i < 60; i++) {
        const controller = new AbortController();
        const running = model.embed(long, { signal: controller.signal });
        setTimeout(() => controller.abort(), (i % 20) / 10);
        const outcome = await running.catch((error: Error) => error);
        if (outcome instanceof Float32Array) expectClose(outcome, whole);
        else expect(outcome.name).toBe('AbortError');
      }
      expectClose(await model.embed(TEXT), expected);
    });

    test('rejects a waiting call', async () => {
      const controller = new AbortController();
      const first = model.embed(TEXT);
      const second = model.embed(TEXT, { signal: controller.signal });
      controller.abort();
      await expect(second).rejects.toMatchObject({ name: 'AbortError' });
      expectClose(await first, expected);
    });
  });

  describe('disposing', () => {
    test('terminates the workers, may be repeated, and makes later calls reject', async () => {
      await model.dispose();
      await model.dispose();
      expect(threads()).toHaveLength(0);
      const calls = [model.embed(TEXT), model.trace(TEXT), model.similarity('a', 'b')];
      for (const outcome of await Promise.allSettled(calls)) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'ERR_DISPOSED' } });
      }
    });

    test('rejects running and waiting calls', async () => {
      const calls = [model.embed(TEXT), model.trace(TEXT), model.embed([TEXT, 'a'])];
      const settled = Promise.allSettled(calls);
      await model.dispose();
      for (const outcome of await settled) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'ERR_DISPOSED' } });
        expect((outcome as PromiseRejectedResult).reason).toBeInstanceOf(HeadwiseError);
      }
    });
  });
});
