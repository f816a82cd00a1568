import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { launchBrowser } from '@headwise/test-browser';

export type Browser = Awaited<ReturnType<typeof launchBrowser>>;
export type Page = Awaited<ReturnType<Browser['newPage']>>;
type ContextOptions = NonNullable<Parameters<Browser['newContext']>[0]>;

/** A page with everything it complained about. */
export interface WatchedPage {
  readonly page: Page;
  readonly complaints: string[];
  close(): Promise<void>;
}

/** Opens a page of its own (storage included) that notes every error, warning and failed request. */
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
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText;
    // A request that the page itself gives up, such as one that only asks whether a file is there, is no failure.
    if (reason !== 'net::ERR_ABORTED') complaints.push(`${request.url()}: ${reason}`);
  });
  await page.goto(url);
  return { page, complaints, close: () => context.close() };
}

/** Types a sentence and waits until the page shows how it was read. */
export async function readSentence(page: Page, text: string, tokens: number): Promise<void> {
  await page.getByLabel(/^(Your sentence|문장 쓰기)$/).fill(text);
  await page.waitForFunction((count) => document.querySelectorAll('.tokens button').length === count, tokens);
}

/** Keeps a picture beside the other caches, for people to look at. */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  const folder = fileURLToPath(new URL('../../node_modules/.cache/screenshots/', import.meta.url));
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

/** The colours in the middle of each cell of a head's small heatmap, row by row. */
export async function thumbnailColours(
  page: Page,
  layer: number,
  head: number,
  tokens: number,
): Promise<number[][]> {
  return page.locator(`[data-layer="${layer}"][data-head="${head}"] canvas`).evaluate((element, count) => {
    const canvas = element as HTMLCanvasElement;
    const context = canvas.getContext('2d');
    if (!context) throw new Error('no 2d context');
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    const middle = (cell: number, pixels: number): number => Math.floor(((cell + 0.5) * pixels) / count);
    const colours: number[][] = [];
    for (let row = 0; row < count; row += 1) {
      for (let column = 0; column < count; column += 1) {
        const at = 4 * (middle(row, canvas.height) * canvas.width + middle(column, canvas.width));
        colours.push([...data.slice(at, at + 3)]);
      }
    }
    return colours;
  }, tokens);
}
