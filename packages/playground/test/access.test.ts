// What holds in every room, theme and language: rules of WCAG 2.2, narrow windows, forced colours.
import { launchBrowser, type StaticServer } from '@headwise/test-browser';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { axeViolations, type Browser, openPage, saveScreenshot, WCAG } from './helpers/page.ts';
import { ROOM_CHECKS } from './helpers/rooms.ts';
import { serveSite } from './helpers/site.ts';

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

test.each(ROOM_CHECKS)(
  '$id keeps the rules in both themes and languages, at 320 pixels',
  async ({ id, hash, ready }) => {
    const { page, problems, close } = await openPage(browser, `${server.url}${hash}`, {
      viewport: { width: 320, height: 640 },
      reducedMotion: 'reduce',
    });
    await ready(page);
    const faults: string[] = [];
    for (const language of ['English', '한국어']) {
      await page.getByText(language, { exact: true }).first().click();
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
    await saveScreenshot(page, `narrow-${id}`);
    expect(faults).toEqual([]);
    expect(problems).toEqual([]);
    await close();
  },
);

test('in forced colours, what is chosen is seen by its outline', async () => {
  const { page, close } = await openPage(browser, `${server.url}#/explore?m=bert-mini&h=1.2`, {
    forcedColors: 'active',
  });
  await page.getByTestId('map').waitFor();
  const outline = (selector: string): Promise<string> =>
    page
      .locator(selector)
      .first()
      .evaluate((element) => {
        const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(element);
        return `${outlineStyle} ${outlineWidth} ${outlineColor}`;
      });
  const [chosen, other] = [
    await outline('[data-layer="1"][data-head="2"]'),
    await outline('[data-layer="0"][data-head="0"]'),
  ];
  expect(chosen).toMatch(/^solid [23]/);
  expect(chosen).not.toBe(other);
  await page.getByTestId('map').focus();
  expect(await outline('[data-testid=map] .cell')).toMatch(/^solid/);
  const tab = page.locator('nav a[aria-current]');
  expect(await tab.evaluate((element) => getComputedStyle(element).outlineStyle)).toBe('solid');
  await saveScreenshot(page, 'forced-colours');
  await close();
});
