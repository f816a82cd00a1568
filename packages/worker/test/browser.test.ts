import { launchBrowser, type StaticServer } from '@headwise/test-browser';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TOLERANCE } from './helpers/compare.ts';
import { serveTestPage } from './helpers/site.ts';

let browser: Browser;
let server: StaticServer;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  [browser, server] = await Promise.all([launchBrowser(), serveTestPage()]);
  page = await browser.newPage();
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => complaints.push(message.text()));
  await page.goto(server.url);
  await page.waitForFunction('window.compare');
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

describe('Chromium, in a page that any host can serve', () => {
  test('has no isolation, so no shared memory', async () => {
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
  });

  test.each([1, 2, 3, 5, 8])('%i workers give what one thread gives', async (workers) => {
    const { embeddings, attention, backend } = await page.evaluate((n) => window.compare(n), workers);
    expect(embeddings).toBeLessThanOrEqual(TOLERANCE);
    expect(attention).toBeLessThanOrEqual(TOLERANCE);
    expect(backend).toMatch(/^wasm-relaxed-simd × \d workers?$/);
    expect(complaints).toEqual([]);
  });
});
