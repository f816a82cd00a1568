// CPU time of tasks and memory: measured from traces, on a machine that does little else. `npm run test:page` runs this.
import { launchBrowser, type StaticServer } from '@headwise/test-browser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Browser, openPage, type Page, type WatchedPage } from '../helpers/page.ts';
import { serveSite } from '../helpers/site.ts';
import { best, longestTask } from '../helpers/traces.ts';

let server: StaticServer;
let browser: Browser;
beforeAll(async () => {
  server = await serveSite();
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

describe('tasks of Explore with MiniLM', () => {
  let watched: WatchedPage;
  let page: Page;
  beforeAll(async () => {
    watched = await openPage(browser, `${server.url}#/explore`, { viewport: { width: 1440, height: 900 } });
    page = watched.page;
    await page.getByTestId('map').waitFor({ timeout: 100_000 });
  });
  afterAll(() => watched.close());

  const WORDS = ['the', 'river', 'bank', 'was', 'muddy'];
  const text = (count: number): string => Array.from({ length: count }, (_, i) => WORDS[i % 5]).join(' ');
  const field = () => page.getByLabel('Your sentence');
  /** Enters a text of so many tokens, and waits until it is read. */
  async function read(tokens: number): Promise<void> {
    await field().fill(text(tokens - 2));
    await settle();
  }
  async function settle(): Promise<void> {
    await page.waitForTimeout(50);
    await page.waitForFunction(() => document.querySelector('#attention')?.ariaBusy === 'false');
    await page.waitForTimeout(100);
  }
  async function type(): Promise<void> {
    await field().press('End');
    for (const letters of [' a', ' cat', ' sat']) {
      await page.keyboard.type(letters);
      await settle();
    }
  }

  test.each([
    { tokens: 100, budget: 20 },
    { tokens: 505, budget: 50 },
  ])('typing at $tokens tokens has no task above $budget ms', async ({ tokens, budget }) => {
    await read(tokens);
    const longest = await best(budget, 6, async () => {
      await read(tokens);
      return longestTask(browser, page, type);
    });
    console.info('typing', tokens, longest);
    expect(longest).toBeLessThan(budget);
  });

  test('the pointer, the theme and the language have no task above 16 ms', async () => {
    await read(128);
    const map = page.getByTestId('map');
    const hover = await best(16, 8, async () => {
      await page.evaluate(() => scrollTo(0, 0));
      const token = (await page.locator('.tokens button').nth(3).boundingBox())!;
      const overTokens = await longestTask(browser, page, async () => {
        for (let i = 0; i < 8; i += 1) {
          await page.mouse.move(token.x + i * 30, token.y + 8);
          await page.waitForTimeout(40);
        }
      });
      await map.scrollIntoViewIfNeeded();
      const { x, y } = (await map.boundingBox())!;
      const overMap = await longestTask(browser, page, async () => {
        for (let i = 0; i < 8; i += 1) {
          await page.mouse.move(x + 20 + i * 17, y + 40 + i * 9);
          await page.waitForTimeout(40);
        }
      });
      return Math.max(overTokens, overMap);
    });
    await page.mouse.move(0, 0);
    const theme = await best(16, 8, () =>
      longestTask(browser, page, async () => {
        await page.getByRole('button', { name: /colours|색/ }).click();
        await page.waitForTimeout(300);
      }),
    );
    const language = await best(16, 8, async () => {
      await page.getByText('한국어', { exact: true }).click();
      await page.waitForTimeout(300);
      return longestTask(browser, page, async () => {
        await page.getByText('English', { exact: true }).click();
        await page.waitForTimeout(300);
      });
    });
    console.info({ hover, theme, language });
    expect(hover).toBeLessThan(16);
    expect(theme).toBeLessThan(16);
    expect(language).toBeLessThan(16);
  });
});

test('150 edits leave no nodes and little memory behind', async () => {
  const { page, close } = await openPage(browser, `${server.url}#/explore?m=bert-mini`);
  await page.getByTestId('map').waitFor();
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Performance.enable');
  const measure = async () => {
    await cdp.send('HeapProfiler.collectGarbage');
    const { metrics } = await cdp.send('Performance.getMetrics');
    const value = (name: string): number => metrics.find((metric) => metric.name === name)!.value;
    return { nodes: value('Nodes'), heap: value('JSHeapUsedSize'), listeners: value('JSEventListeners') };
  };
  // In the page: handles of elements that a test holds would keep nodes.
  const edit = (count: number): Promise<void> =>
    page.evaluate(async (times) => {
      const field = document.querySelector<HTMLInputElement>('main textarea, main input[type=text]')!;
      for (let i = 0; i < times; i += 1) {
        const [text, word] = i % 2 === 0 ? ['I love you', 'love'] : ['We eat apples', 'eat'];
        field.value = text!;
        field.dispatchEvent(new Event('input', { bubbles: true }));
        while (
          ![...document.querySelectorAll('.tokens .label')].some(({ textContent }) => textContent === word)
        )
          await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }, count);
  await edit(20);
  const before = await measure();
  await edit(150);
  const after = await measure();
  console.info({ before, after });
  expect(after.nodes).toBeLessThanOrEqual(before.nodes + 100);
  expect(after.listeners).toBeLessThanOrEqual(before.listeners + 20);
  expect(after.heap - before.heap).toBeLessThan(1_500_000);
  await close();
});
