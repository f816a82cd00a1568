import { type StaticServer, serveDirectory } from '@headwise/test-browser';
import { expect, vi } from 'vitest';
import type { Browser, BrowserPage } from './browsers/browser.ts';
import { chromium } from './browsers/chromium.ts';
import type { OpenApp, Task, TaskInput } from './environment.ts';

declare global {
  interface Window {
    /** Provided by the apps under test. */
    run(task: Task, input: TaskInput): Promise<unknown>;
  }
}

/** An app whose page provides `run`, once it does. */
export async function pageApp(page: BrowserPage, close: () => Promise<void>): Promise<OpenApp> {
  const ready = () => page.evaluate(() => typeof window.run === 'function', undefined);
  await vi.waitFor(async () => expect(await ready(), page.errors.join('\n')).toBe(true), {
    timeout: 30_000,
    interval: 100,
  });
  return {
    run: (task, input) =>
      page
        .evaluate(([task, input]) => window.run(task, input), [task, input] as [Task, TaskInput])
        .catch((error: Error) => {
          throw new Error([error.message, ...page.errors].join('\n'));
        }),
    async close() {
      await page.close();
      await close();
    },
  };
}

/** Opens a page that provides `run`. */
export async function openPage(
  url: string,
  close: () => Promise<void> = async () => {},
  browser: Browser = chromium,
): Promise<OpenApp> {
  let page: BrowserPage | undefined;
  try {
    page = await browser.open();
    await page.goto(url);
    return await pageApp(page, close);
  } catch (error) {
    await page?.close();
    await close();
    throw error;
  }
}

/** Serves a folder and opens a page of it. */
export async function openFolder(
  directory: string,
  headers: Readonly<Record<string, string>> = {},
  browser: Browser = chromium,
  page = '',
): Promise<OpenApp> {
  const server: StaticServer = await serveDirectory(directory, { headers });
  return openPage(server.url + page, () => server.close(), browser);
}
