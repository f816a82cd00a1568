import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { launchBrowser } from '@headwise/test-browser';
import axe from 'axe-core';

export type Browser = Awaited<ReturnType<typeof launchBrowser>>;
export type Page = Awaited<ReturnType<Browser['newPage']>>;
type ContextOptions = NonNullable<Parameters<Browser['newContext']>[0]>;

/** A page, and its console errors and warnings, uncaught errors and failed requests. */
export interface WatchedPage {
  readonly page: Page;
  readonly problems: string[];
  close(): Promise<void>;
}

/** Opens a page in a new browser context and collects its errors, warnings and failed requests. */
export async function openPage(
  browser: Browser,
  url: string,
  options: ContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({
    viewport: { width: 1320, height: 900 },
    locale: 'en-US',
    colorScheme: 'light',
    ...options,
  });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('console', (message) => {
    // Chromium's advice: on preloads that began before the service worker took over, which then reads the files from its cache, and on the
    // helper below.
    if (/cross-world service worker|preloaded using link preload|Multiple readback/.test(message.text()))
      return;
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText;
    // The page aborts some requests itself, e.g. those that only check whether a file exists.
    if (reason !== 'net::ERR_ABORTED') problems.push(`${request.url()}: ${reason}`);
  });
  await page.goto(url);
  return { page, problems, close: () => context.close() };
}

/** The button with which a large model is fetched, once it is known that the browser has not stored it. */
export const fetchButton = (page: Page) => page.getByTestId('offer').getByRole('button');

/** Enters a sentence and waits until the page shows `tokens` tokens. */
export async function enterSentence(page: Page, text: string, tokens: number): Promise<void> {
  await page.getByLabel(/^(Your sentence|문장 쓰기)$/).fill(text);
  await page.waitForFunction((count) => document.querySelectorAll('.tokens button').length === count, tokens);
}

/** WCAG 2.2 A and AA, with targets of at least 24 pixels. */
export const WCAG = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
  resultTypes: ['violations'],
} satisfies axe.RunOptions;
/** {@link WCAG}, and what axe's authors advise. */
export const WCAG_AND_PRACTICE = {
  ...WCAG,
  runOnly: [...WCAG.runOnly, 'best-practice'],
} satisfies axe.RunOptions;

/** What axe finds on the page, as rule and elements; by default by all its rules. */
export async function axeViolations(page: Page, options: axe.RunOptions = {}): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe.source);
  const found = await page.evaluate(
    (run) => (globalThis as unknown as { axe: typeof axe }).axe.run(run) as Promise<axe.AxeResults>,
    options,
  );
  return found.violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`,
  );
}

/** What axe finds on the page as it is, in both languages and themes, and where it is wider than the window. */
export async function faultsInAllLooks(
  page: Page,
  ready: (page: Page) => Promise<unknown> = async () => undefined,
): Promise<string[]> {
  const faults: string[] = [];
  for (const language of ['English', '한국어']) {
    await page.locator('header').getByText(language, { exact: true }).click();
    // A room may show another text in the other language.
    await page.waitForFunction(() => !document.querySelector('main [aria-busy=true]'));
    await ready(page);
    for (const theme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: theme });
      await page.waitForFunction((wanted) => document.documentElement.dataset.theme === wanted, theme);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (overflow > 0) faults.push(`${language}, ${theme}: ${overflow} pixels wider than the window`);
      for (const fault of await axeViolations(page, WCAG)) faults.push(`${language}, ${theme}: ${fault}`);
    }
  }
  return faults;
}

/** Saves a screenshot to node_modules/.cache, for manual inspection. */
export async function saveScreenshot(page: Page, name: string): Promise<void> {
  const folder = fileURLToPath(new URL('../../node_modules/.cache/screenshots/', import.meta.url));
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

/** The colour at the centre of each cell of a head's thumbnail, row by row. */
export async function thumbnailColours(
  page: Page,
  layer: number,
  head: number,
  tokens: number,
): Promise<number[][]> {
  return page.locator(`[data-layer="${layer}"][data-head="${head}"]`).evaluate((button, count) => {
    const canvas = document.querySelector<HTMLCanvasElement>('[data-testid=grid]');
    const context = canvas?.getContext('2d');
    if (!canvas || !context) throw new Error('no 2d context');
    const [cell, grid] = [button.getBoundingClientRect(), canvas.getBoundingClientRect()];
    const middle = (index: number, from: number, size: number): number =>
      Math.floor((from + ((index + 0.5) * size) / count) * (canvas.width / grid.width));
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    const colours: number[][] = [];
    for (let row = 0; row < count; row += 1) {
      for (let column = 0; column < count; column += 1) {
        const x = middle(column, cell.left - grid.left, cell.width);
        const y = middle(row, cell.top - grid.top, cell.height);
        const at = 4 * (y * canvas.width + x);
        colours.push([...data.slice(at, at + 3)]);
      }
    }
    return colours;
  }, tokens);
}
