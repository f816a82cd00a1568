import { loadSeq2SeqLM } from '@headwise/core';
import { launchBrowser, type StaticServer } from '@headwise/test-browser';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { TOLERANCE } from './helpers/compare.ts';
import { serveTestPage } from './helpers/site.ts';
import { decoderFiles, greedyReference, seq2seqFiles } from './helpers/tiny-generators.ts';

const ISOLATED = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

/** As a page can be told them. */
const tellable = (files: Readonly<Record<string, string | Uint8Array>>) =>
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
  ['that any host can serve', {}, false],
  ['isolated from other origins', ISOLATED, true],
])('Chromium, in a page %s', (_, headers, isolated) => {
  // Where memory can't be shared, they are the same.
  const transports = isolated ? (['auto', 'messages'] as const) : (['auto'] as const);
  let server: StaticServer;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    server = await serveTestPage(headers);
    page = await browser.newPage();
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => complaints.push(message.text()));
    await page.goto(server.url);
    // Not waitForFunction: it evaluates strings in the page, which the policy forbids.
    const loaded = () => page.evaluate(() => 'dispose' in window);
    await vi.waitFor(async () => expect(await loaded()).toBe(true), 20_000);
  });
  afterAll(async () => {
    await page?.close();
    await server?.close();
  });

  test(`memory can${isolated ? '' : 'not'} be shared`, async () => {
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(isolated);
    const shared = page.evaluate(() => window.compare({ workers: 2, transport: 'shared' }));
    if (isolated) expect((await shared).embeddings).toBeLessThanOrEqual(TOLERANCE);
    else await expect(shared).rejects.toThrow(/isolated from other origins/);
  });

  test.each([1, 2, 3, 5, 8])('%i workers give what one thread gives', async (workers) => {
    for (const transport of transports) {
      const { embeddings, attention, backend } = await page.evaluate(
        ([workers, transport]) => window.compare({ workers, transport }),
        [workers, transport] as const,
      );
      expect(embeddings).toBeLessThanOrEqual(TOLERANCE);
      expect(attention).toBeLessThanOrEqual(TOLERANCE);
      expect(backend).toMatch(/^wasm-relaxed-simd × \d workers?$/);
    }
    expect(complaints).toEqual([]);
  });

  test.each(['gpt2', 'llama', 'qwen3'])('%s writes over workers what PyTorch writes', async (name) => {
    const { prompt, ids } = greedyReference(name);
    for (const workers of [1, 2, 3, 5]) {
      for (const transport of transports) {
        const written = await page.evaluate(
          ([files, prompt, count, options]) => window.write(files, prompt, count, options),
          [tellable(decoderFiles(name)), prompt, ids.length, { workers, transport }] as const,
        );
        expect(written).toEqual(ids);
      }
    }
    expect(complaints).toEqual([]);
  });

  test('an encoder–decoder makes of a source what one thread does', async () => {
    const files = seq2seqFiles('marian');
    const single = await loadSeq2SeqLM(files);
    const { ids } = await single.generate('the river', { maxNewTokens: 12, numBeams: 2 });
    for (const workers of [1, 3]) {
      const made = await page.evaluate(([files, options]) => window.translate(files, 'the river', options), [
        tellable(files),
        { workers },
      ] as const);
      expect(made).toEqual([...ids]);
    }
  });

  test('workers that close themselves are replaced, and disposing ends all', async () => {
    await page.evaluate(() => window.load({ workers: 2 }));
    for (let i = 0; i < 5; i++) {
      const [first] = page.workers();
      const call = page.evaluate(() => window.embed());
      await first!.evaluate(() => void setTimeout(() => globalThis.close()));
      const outcome = await call;
      if (outcome.code) expect(outcome).toMatchObject({ code: 'ERR_WORKER' });
      else expect(outcome.difference).toBeLessThanOrEqual(TOLERANCE);
      await expect.poll(() => page.workers().includes(first!)).toBe(false);
      // The call may have been over before the worker was: then this one may be the one that fails.
      const next = await page.evaluate(async () => [await window.embed(), await window.embed()] as const);
      expect(next[1].difference).toBeLessThanOrEqual(TOLERANCE);
    }
    await expect.poll(() => page.workers().length).toBe(2);
    await page.evaluate(() => window.dispose());
    await expect.poll(() => page.workers().length).toBe(0);
    expect(await page.evaluate(() => window.embed())).toMatchObject({ code: 'ERR_DISPOSED' });
    expect(complaints).toEqual([]);
  });
});
