import { findFirefox } from '@headwise/test-browser';
import axe from 'axe-core';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { expect } from 'vitest';
import { run as translate } from '../../src/engine/jobs/learn-translate.ts';
import { formatPercent } from '../../src/rooms/learn/format.ts';
import { context, store } from './models.ts';
import { WCAG } from './page.ts';

/** Starts a headless Firefox with pages in English. */
export function launchFirefox(executablePath = findFirefox()): Promise<Browser> {
  return puppeteer.launch({
    browser: 'firefox',
    executablePath,
    extraPrefsFirefox: { 'intl.accept_languages': 'en-US' },
  });
}

/**
 * Firefox reports each stream that ends with an error while the Cache API stores it, also where the page handles the rejection: that of a download
 * which was aborted since the visitor chose another model.
 */
const ABORTED_DOWNLOAD = /^Error: Failed to read data from the ReadableStream: “AbortError/;

/** A page, and its console errors and uncaught errors. */
export async function openFirefoxPage(browser: Browser): Promise<{ page: Page; problems: string[] }> {
  const page = await browser.newPage();
  await page.setViewport({ width: 1440, height: 900 });
  const problems: string[] = [];
  page.on('pageerror', (error) => {
    if (!ABORTED_DOWNLOAD.test(String(error))) problems.push(String(error));
  });
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  return { page, problems };
}

/** Replaces the text of the field that a room begins with. */
export async function write(page: Page, text: string): Promise<void> {
  const field = (await page.waitForSelector('main textarea'))!;
  await field.click({ count: 3 });
  await field.type(text);
}

export const texts = (page: Page, selector: string): Promise<string[]> =>
  page.$$eval(selector, (elements) => elements.map(({ textContent }) => textContent!.trim()));

/** Waits until the elements have these texts. */
export async function waitForTexts(page: Page, selector: string, wanted: readonly string[]): Promise<void> {
  const text = wanted.join('\n');
  await page
    .waitForFunction(
      (of, all) =>
        [...document.querySelectorAll(of)].map(({ textContent }) => textContent!.trim()).join('\n') === all,
      { timeout: 30_000 },
      selector,
      text,
    )
    .catch(async () => expect(await texts(page, selector)).toEqual(wanted));
}

/** Translates a sentence in Learn's first exhibit, and looks at what the second word attends to. */
export async function walkLearn(page: Page): Promise<void> {
  const text = 'I drank coffee';
  await write(page, text);
  const { target, weights } = await translate(store, { model: 'grammar-en-ko', text }, context);
  const words = target.filter(({ end }) => !end).map((word) => word.text);
  await page.waitForFunction(
    (count) => document.querySelectorAll('.target button:enabled').length >= count,
    {},
    words.length,
  );
  expect((await texts(page, '.target button')).slice(0, 2)).toEqual(words.slice(0, 2));
  await (await page.$$('.target button'))[1]!.click();
  const shares = weights![1]!.filter((weight) => weight >= 0.005).map(formatPercent);
  await waitForTexts(page, '.source .figure', shares);
}

/** Reads a sentence with bert-mini in Explore, opens a head, and reads a weight with the keyboard. */
export async function walkExplore(page: Page): Promise<void> {
  await (await page.waitForSelector('select'))!.select('bert-mini');
  await page.waitForSelector('[data-layer="1"][data-head="2"]');
  await write(page, '나는 커피를 마셨다');
  const model = await store.load('bert-mini');
  const { tokens, attention } = await model.trace('나는 커피를 마셨다');
  await waitForTexts(page, '.tokens .label', tokens);
  await page.click('[data-layer="1"][data-head="2"]');
  await waitForTexts(page, '[data-testid=card-sheet] h2', ['Layer 1 · Head 2']);
  await page.focus('[data-testid=map]');
  for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight'] as const) await page.keyboard.press(key);
  const weight = attention.map(1, 2)[2 * tokens.length + 1]!;
  await waitForTexts(page, '[data-testid=readout]', [`${tokens[2]} → ${tokens[1]}: ${weight.toFixed(4)}`]);
}

/** What axe finds on the page, as the names of rules. */
export async function firefoxViolations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async (options) => {
    const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run(options);
    return violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
    );
  }, WCAG);
}
