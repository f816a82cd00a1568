// What holds in every room, theme and language: rules of WCAG 2.2, narrow windows, forced colours.
import { launchBrowser, type StaticServer } from '@headwise/test-browser';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Browser, faultsInAllLooks, openPage, type Page, saveScreenshot } from './helpers/page.ts';
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

/** The page as assistive technology has it, without the times and the decimals, in which machines may differ. */
async function outline(page: Page): Promise<string> {
  const tree = await page.locator('body').ariaSnapshot();
  return `${tree.replace(/about \d+ (?:s|min)|[\d.]+ ms|\d+\.\d+/g, '#')}\n`;
}

test.each(ROOM_CHECKS)(
  '$id keeps the rules in both themes and languages, at 320 pixels',
  async ({ id, hash, ready }) => {
    const { page, problems, close } = await openPage(browser, `${server.url}${hash}`, {
      viewport: { width: 320, height: 640 },
      reducedMotion: 'reduce',
    });
    await ready(page);
    await expect(await outline(page)).toMatchFileSnapshot(`accessibility/${id}.txt`);
    const faults = await faultsInAllLooks(page, ready);
    await saveScreenshot(page, `narrow-${id}`);
    expect(faults).toEqual([]);
    expect(problems).toEqual([]);
    await close();
  },
);

/** What is not there when a room opens. */
const STATES = [
  {
    what: 'heads that are changed and measured, a weight that is explained, a second text',
    hash: '#/explore?m=bert-mini&t=I%20love%20you&t2=You%20love%20me&x=0.1:0,1.0:2,1.3:a&why=1.2.0&p=patch',
    prepare: async (page: Page) => {
      await page.getByTestId('measure').click();
      await page.getByTestId('largest-effects').waitFor();
      await page.getByTestId('patch').click();
      await page.getByTestId('patch-table').waitFor();
    },
  },
  {
    what: 'a head in a sheet',
    hash: '#/explore?m=bert-mini',
    prepare: async (page: Page) => {
      await page.locator('[data-layer="1"][data-head="2"]').click();
      await page.getByRole('dialog').getByTestId('map').waitFor();
    },
  },
  {
    what: 'changed heads of an encoder–decoder',
    hash: '#/explore?m=t5-mini&y=encoder.0.1:0,cross.1.2:a,cross.0.0:2',
    prepare: (page: Page) => page.getByTestId('pair-before').waitFor(),
  },
  {
    what: 'a text that a model cannot read, and an address that is not right',
    hash: '#/generate?m=gpt-mini&p=%E6%97%A5%E6%9C%AC%E8%AA%9E&T=hot',
    prepare: (page: Page) => page.locator('.notice').waitFor(),
  },
];

test.each(STATES)('the rules are kept with $what', async ({ hash, prepare }) => {
  const { page, problems, close } = await openPage(browser, `${server.url}${hash}`, {
    viewport: { width: 390, height: 844 },
    reducedMotion: 'reduce',
  });
  await prepare(page);
  expect(await faultsInAllLooks(page)).toEqual([]);
  expect(problems).toEqual([]);
  await close();
});

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
