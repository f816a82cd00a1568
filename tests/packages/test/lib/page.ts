import { launchBrowser } from '@headwise/test-browser';
import { expect, vi } from 'vitest';
import { cases, largestDifference, weightsFile } from './reference.ts';

declare global {
  interface Window {
    /** Provided by the apps under test. Embeds texts, on the page's own thread for 0 workers. */
    embed(texts: string[], weightsFile: string, workers: number): Promise<number[][]>;
  }
}

/**
 * A strict content security policy: same-origin scripts and workers only, no inline scripts, no `blob:`. No headers for
 * cross-origin isolation.
 */
export const strictHeaders: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'",
};

/** Opens an app in headless Chromium, embeds all sentences and compares the embeddings with PyTorch's. */
export async function expectEmbeddings(url: string, workers: number): Promise<void> {
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    // Chromium reports policy violations on the console.
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) errors.push(message.text());
    });
    const startedWorkers: string[] = [];
    page.on('worker', (worker) => startedWorkers.push(worker.url()));
    await page.goto(url);
    // waitForFunction evaluates strings in the page, which the policy forbids.
    const ready = () => page.evaluate(() => typeof window.embed === 'function');
    await vi.waitFor(async () => expect(await ready()).toBe(true), { timeout: 30_000, interval: 100 });
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
    const texts = cases.map(({ text }) => text);
    const embeddings = await page.evaluate(([all, file, count]) => window.embed(all, file, count), [
      texts,
      weightsFile,
      workers,
    ] as [string[], string, number]);
    expect(errors).toEqual([]);
    expect(startedWorkers).toHaveLength(workers);
    for (const worker of startedWorkers) expect(new URL(worker).origin).toBe(new URL(url).origin);
    expect(embeddings).toHaveLength(cases.length);
    for (const [i, { text, embedding }] of cases.entries()) {
      expect(largestDifference(embeddings[i] ?? [], embedding), text).toBeLessThan(1e-5);
    }
  } finally {
    await browser.close();
  }
}
