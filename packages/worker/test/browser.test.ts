import { Worker } from 'node:worker_threads';
import { loadSeq2SeqLM } from '@headwise/core';
import { launchBrowser, type StaticServer } from '@headwise/test-browser';
import { startTraining } from '@headwise/worker/train';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { TOLERANCE } from './helpers/compare.ts';
import { serveTestPage } from './helpers/test-page.ts';
import { decoderFiles, greedyReference, seq2seqFiles } from './helpers/tiny-generators.ts';

const ISOLATED = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

/** Files in a form that `page.evaluate` can pass to the page. */
const serializable = (files: Readonly<Record<string, string | Uint8Array>>) =>
  Object.fromEntries(
    Object.entries(files).map(([name, content]) => [
      name,
      typeof content === 'string' ? content : { base64: Buffer.from(content).toString('base64') },
    ]),
  );

let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser?.close());

describe.each([
  ['without special headers', {}, false],
  ['that is cross-origin isolated', ISOLATED, true],
])('Chromium, in a page %s', (_, headers, isolated) => {
  // In a page that is not isolated, both are messages.
  const transports = isolated ? (['auto', 'messages'] as const) : (['auto'] as const);
  let server: StaticServer;
  let page: Page;
  const consoleMessages: string[] = [];

  beforeAll(async () => {
    server = await serveTestPage(headers);
    page = await browser.newPage();
    page.on('pageerror', (error) => consoleMessages.push(error.message));
    page.on('console', (message) => consoleMessages.push(message.text()));
    await page.goto(server.url);
    // Not waitForFunction, which evaluates a string in the page: the content security policy forbids it.
    const loaded = () => page.evaluate(() => 'dispose' in window);
    await vi.waitFor(async () => expect(await loaded()).toBe(true), 20_000);
  });
  afterAll(async () => {
    await page?.close();
    await server?.close();
  });

  test(`the shared transport ${isolated ? 'works' : 'is refused'}`, async () => {
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(isolated);
    const shared = page.evaluate(() => window.compare({ workers: 2, transport: 'shared' }));
    if (isolated) expect((await shared).embeddings).toBeLessThanOrEqual(TOLERANCE);
    else await expect(shared).rejects.toThrow(/isolated from other origins/);
  });

  test.each([1, 2, 3, 5, 8])('%i workers give the results of one thread', async (workers) => {
    for (const transport of transports) {
      const { embeddings, attention, backend } = await page.evaluate(
        ([workers, transport]) => window.compare({ workers, transport }),
        [workers, transport] as const,
      );
      expect(embeddings).toBeLessThanOrEqual(TOLERANCE);
      expect(attention).toBeLessThanOrEqual(TOLERANCE);
      expect(backend).toMatch(/^wasm-relaxed-simd × \d workers?$/);
    }
    expect(consoleMessages).toEqual([]);
  });

  test.each(['gpt2', 'llama', 'qwen3'])('%s generates the tokens that PyTorch generates', async (name) => {
    const { prompt, ids } = greedyReference(name);
    for (const workers of [1, 2, 3, 5]) {
      for (const transport of transports) {
        const generated = await page.evaluate(
          ([files, prompt, count, options]) => window.generate(files, prompt, count, options),
          [serializable(decoderFiles(name)), prompt, ids.length, { workers, transport }] as const,
        );
        expect(generated).toEqual(ids);
      }
    }
    expect(consoleMessages).toEqual([]);
  });

  test('an encoder–decoder generates the tokens of one thread', async () => {
    const files = seq2seqFiles('marian');
    const single = await loadSeq2SeqLM(files);
    const { ids } = await single.generate('the river', { maxNewTokens: 12, numBeams: 2 });
    for (const workers of [1, 3]) {
      const generated = await page.evaluate(
        ([files, options]) => window.translate(files, 'the river', options),
        [serializable(files), { workers }] as const,
      );
      expect(generated).toEqual([...ids]);
    }
  });

  test('training runs in workers, with the losses of Node', async () => {
    const data = { backend: 'wasm-simd', steps: 5, gradientAccumulation: 4 } as const;
    const losses: number[] = [];
    const spawn = () => new Worker(new URL('./helpers/train-worker.ts', import.meta.url));
    const run = await startTraining({ spawn, data, onStep: ({ loss }) => losses.push(loss) });
    await run.result;
    for (const workers of [1, 2]) {
      const trained = await page.evaluate(([workers, data]) => window.train(workers, data), [
        workers,
        data,
      ] as const);
      expect(trained.losses).toEqual(losses);
      expect(trained.frames).toBeGreaterThan(5);
    }
    await expect.poll(() => page.workers().length).toBe(0);
    expect(consoleMessages).toEqual([]);
  });

  test('a transformer learns to put the parts of dates into another order in a worker', async () => {
    const { accuracy, frames } = await page.evaluate(() => window.trainDates(300));
    expect(accuracy).toBeGreaterThan(0.95);
    expect(frames).toBeGreaterThan(5);
    await expect.poll(() => page.workers().length).toBe(0);
    expect(consoleMessages).toEqual([]);
  });

  test('workers that close themselves are replaced, and dispose terminates all', async () => {
    await page.evaluate(() => window.load({ workers: 2 }));
    for (let i = 0; i < 5; i++) {
      const [first] = page.workers();
      const call = page.evaluate(() => window.embed());
      await first!.evaluate(() => void setTimeout(() => globalThis.close()));
      const outcome = await call;
      if (outcome.code) expect(outcome).toMatchObject({ code: 'ERR_WORKER' });
      else expect(outcome.difference).toBeLessThanOrEqual(TOLERANCE);
      await expect.poll(() => page.workers().includes(first!)).toBe(false);
      // If the call finished before the worker closed, the first of these calls may fail instead.
      const next = await page.evaluate(async () => [await window.embed(), await window.embed()] as const);
      expect(next[1].difference).toBeLessThanOrEqual(TOLERANCE);
    }
    await expect.poll(() => page.workers().length).toBe(2);
    await page.evaluate(() => window.dispose());
    await expect.poll(() => page.workers().length).toBe(0);
    expect(await page.evaluate(() => window.embed())).toMatchObject({ code: 'ERR_DISPOSED' });
    expect(consoleMessages).toEqual([]);
  });
});
