// With the Tab key alone every control of every room and chapter is reached, shows that it has the focus, and is covered by nothing.
import { launchBrowser, type StaticServer } from '@headwise/test-browser';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CHAPTER_IDS } from '../../src/rooms/learn/chapter.ts';
import { type Browser, openPage, type Page } from '../helpers/page.ts';
import { ROOM_CHECKS, type RoomCheck } from '../helpers/rooms.ts';
import { serveSite } from '../helpers/site.ts';

const MOST_TABS = 250;
const TIMEOUT = 240_000;

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

const chapters: ReadonlyArray<Pick<RoomCheck, 'hash' | 'ready'>> = CHAPTER_IDS.map((id) => ({
  hash: `#/learn/${id}`,
  ready: async (page) => {
    await page.locator('.guess .skip').click();
    await page.waitForFunction(() => !document.querySelector('main [aria-busy=true]'));
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  },
}));

/** What is wrong with the controls of a page when Tab goes through all of them. */
async function faultsOfFocus(page: Page): Promise<string[]> {
  const controls = await page.evaluate(() => {
    const all = [
      ...document.querySelectorAll<HTMLElement>('a[href], button, input, select, textarea, [tabindex]'),
    ];
    const reachable = all.filter(
      (element) =>
        element.tabIndex >= 0 && !element.matches(':disabled') && element.getClientRects().length > 0,
    );
    // One button of a radio group takes the focus.
    const once = reachable.filter(
      (element) => !(element instanceof HTMLInputElement && element.type === 'radio') || element.checked,
    );
    for (const [i, element] of once.entries()) element.dataset.stop = String(i);
    window.scrollTo(0, 0);
    return once.map((element) => element.outerHTML.slice(0, 120));
  });
  const left = new Set(controls.keys());
  const faults: string[] = [];
  for (let tabs = 0; tabs < MOST_TABS && left.size > 0; tabs += 1) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate(() => {
      const element = document.activeElement as HTMLElement | null;
      if (!element || element === document.body) return undefined;
      const box = element.getBoundingClientRect();
      const style = [element, element.closest('label')]
        .filter((one) => one !== null)
        .map((one) => getComputedStyle(one));
      const shows = style.some(
        ({ outlineStyle, boxShadow }) => outlineStyle !== 'none' || boxShadow !== 'none',
      );
      const [x, y] = [box.left + box.width / 2, box.top + Math.min(box.height / 2, 40)];
      const top = document.elementFromPoint(x, y);
      const label = element.closest('label') ?? element;
      const isFree = top !== null && (label.contains(top) || top.contains(element));
      return { index: element.dataset.stop, shows, isFree, html: element.outerHTML.slice(0, 120) };
    });
    if (!stop) continue;
    if (!stop.shows) faults.push(`no sign of the focus: ${stop.html}`);
    if (!stop.isFree) faults.push(`covered: ${stop.html}`);
    left.delete(Number(stop.index));
  }
  return [...new Set(faults), ...[...left].map((index) => `not reached: ${controls[index]}`)];
}

test.each([
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
])('at $width pixels', { timeout: TIMEOUT }, async (viewport) => {
  const { page, problems, close } = await openPage(browser, server.url, {
    viewport,
    reducedMotion: 'reduce',
  });
  const faults: Record<string, string[]> = {};
  for (const { hash, ready } of [...ROOM_CHECKS, ...chapters]) {
    await page.goto('about:blank');
    await page.goto(`${server.url}${hash}`);
    await page.locator('main h1, main h2').first().waitFor();
    await ready(page);
    const found = await faultsOfFocus(page);
    if (found.length > 0) faults[hash] = found;
  }
  expect(faults).toEqual({});
  expect(problems).toEqual([]);
  await close();
});
