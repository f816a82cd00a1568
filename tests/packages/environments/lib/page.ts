import { launchBrowser, type StaticServer, serveDirectory } from '@headwise/test-browser';
import { expect, vi } from 'vitest';
import type { OpenApp, Task, TaskInput } from './environment.ts';

declare global {
  interface Window {
    /** Provided by the apps under test. */
    run(task: Task, input: TaskInput): Promise<unknown>;
  }
}

/** Opens a page in headless Chromium, which provides `run`. */
export async function openPage(url: string, close: () => Promise<void> = async () => {}): Promise<OpenApp> {
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    await page.goto(url);
    const ready = () => page.evaluate(() => typeof window.run === 'function');
    await vi.waitFor(async () => expect(await ready(), errors.join('\n')).toBe(true), {
      timeout: 30_000,
      interval: 100,
    });
    return {
      run: (task, input) =>
        page
          .evaluate(([task, input]) => window.run(task, input), [task, input] as [Task, TaskInput])
          .catch((error: Error) => {
            throw new Error([error.message, ...errors].join('\n'));
          }),
      async close() {
        await browser.close();
        await close();
      },
    };
  } catch (error) {
    await browser.close();
    await close();
    throw error;
  }
}

/** Serves a folder and opens its page. */
export async function openFolder(
  directory: string,
  headers: Readonly<Record<string, string>> = {},
  path = '',
): Promise<OpenApp> {
  const server: StaticServer = await serveDirectory(directory, { headers });
  return openPage(server.url + path, () => server.close());
}
