import type { Browser } from 'puppeteer-core';
import type { BrowserPage } from './browser.ts';

/** A new page of a browser that puppeteer has started. */
export async function puppeteerPage(browser: Browser): Promise<BrowserPage> {
  const page = await browser.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
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
}
