import { execFileSync } from 'node:child_process';
import { findBrowser, launchBrowser } from '@headwise/test-browser';
import { launch } from 'puppeteer-core';
import type { Browser, BrowserPage } from './browser.ts';
import { puppeteerPage } from './puppeteer.ts';

const { executablePath, env } = await findBrowser();
const version = execFileSync(executablePath, ['--version'], {
  stdio: ['ignore', 'pipe', 'ignore'],
  encoding: 'utf8',
  env: { ...process.env, ...env },
});

/** Chromium with further arguments. */
export const chromiumWith = (...args: readonly string[]): Browser => ({
  name: 'Chromium',
  version: /\d+\.[\d.]+/.exec(version)?.[0] ?? '',
  async open() {
    const browser = await launchBrowser(args);
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    return {
      async goto(url) {
        await page.goto(url);
      },
      evaluate: (run, argument) => page.evaluate(run as never, argument as never),
      errors,
      close: () => browser.close(),
    };
  },
});

export const chromium: Browser = chromiumWith();

/** Starts Chromium with an extension and opens one of its pages. */
export async function openExtension(directory: string, path: string): Promise<BrowserPage> {
  const browser = await launch({
    executablePath,
    env: { ...process.env, ...env },
    args: ['--no-sandbox'],
    pipe: true,
    enableExtensions: true,
  });
  const id = await browser.installExtension(directory);
  const page = await puppeteerPage(browser);
  await page.goto(`chrome-extension://${id}/${path}`);
  return page;
}
