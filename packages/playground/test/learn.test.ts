import { launchBrowser, type StaticServer } from '@headwise/test-browser';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run as translate } from '../src/engine/jobs/learn-translate.ts';
import { matches, REACH } from '../src/lib/plane.ts';
import { CHAPTER_IDS } from '../src/rooms/learn/chapter.ts';
import { en } from '../src/rooms/learn/en.ts';
import { formatPercent } from '../src/rooms/learn/format.ts';
import { ko } from '../src/rooms/learn/ko.ts';
import { context, store } from './helpers/models.ts';
import { axeViolations, type Browser, fetchButton, openPage, type Page, WCAG } from './helpers/page.ts';
import { serveSite } from './helpers/site.ts';

/** A walk takes about 15 s on a machine that does nothing else. */
const WALK = 180_000;

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

/** What is to be seen in a chapter when the answer is shown. */
const SEEN: Readonly<Record<(typeof CHAPTER_IDS)[number], string>> = {
  'one-vector': '11:49',
  'looking-back': '6:41',
  'query-key-value': '14.27',
  softmax: '98 %',
  context: '나는 나를 사랑해',
  'self-attention': '24 %',
  'many-heads': '44. 9. 9.',
  positions: '1.000',
  'encoder-decoder': '1 × 4 × 13 × 13',
  bert: '84 %',
  gpt: '91 %',
  t5: '나는 커피를 마시지 않는다',
  learning: '199.3',
  metrics: '12.8',
};

/** Opens all chapters one after another by their links, shows the answer of each, and looks at the result. */
async function walk(page: Page, t: typeof en): Promise<void> {
  const faults: string[] = [];
  await page.getByRole('link', { name: t.start }).click();
  for (const [i, id] of CHAPTER_IDS.entries()) {
    await page.getByRole('heading', { level: 1, name: t[id].title }).waitFor();
    await page.getByRole('button', { name: t.guess.skip }).click();
    await page.getByText(SEEN[id]).first().waitFor();
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (overflow > 0) faults.push(`${id} is ${overflow} pixels wider than the page`);
    for (const violation of await axeViolations(page, WCAG)) faults.push(`${id}: ${violation}`);
    const next = CHAPTER_IDS[i + 1];
    if (next) await page.getByRole('link', { name: `${t[next].title} →` }).click();
  }
  expect(faults).toEqual([]);
}

test(
  'in Korean on a phone all chapters are read one after another',
  async () => {
    const { page, problems, close } = await openPage(browser, `${server.url}#/learn`, {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      locale: 'ko-KR',
      colorScheme: 'dark',
    });
    await page.getByRole('button', { name: '사랑해' }).waitFor();
    expect(await axeViolations(page, WCAG)).toEqual([]);
    // A tap shows how much of each word was read, as core says.
    await page.getByRole('button', { name: '너를' }).tap();
    const { weights } = await translate(store, { model: 'grammar-en-ko', text: 'I love you' }, context);
    const shown = await page.locator('.source .figure').allTextContents();
    expect(shown).toEqual(weights![1]!.filter((weight) => weight >= 0.005).map(formatPercent));
    await walk(page, ko);
    expect(problems).toEqual([]);
    await close();
  },
  WALK,
);

test(
  'in English all chapters are read, sentences typed and guesses made, with the keyboard alone',
  async () => {
    const { page, problems, close } = await openPage(browser, `${server.url}#/learn`, {
      viewport: { width: 1440, height: 900 },
      reducedMotion: 'reduce',
    });
    const sentence = page.getByLabel(en.translate.label, { exact: true });
    await sentence.fill('I drank cofee');
    await page.getByText(en.translate.unknown('cofee')).waitFor();
    await page.getByRole('button', { name: 'coffee', exact: true }).press('Enter');
    await page.getByRole('button', { name: '마셨어' }).waitFor();
    expect(await sentence.inputValue()).toBe('I drank coffee');
    await page.waitForFunction(() => location.hash.includes('I%20drank%20coffee'));

    await page.goto(`${server.url}#/learn/softmax`);
    await page.getByRole('button', { name: en.softmax.answers.shrinks }).press('Enter');
    await page.getByText(en.guess.wrong(en.softmax.answers.grows)).waitFor();
    await page.waitForFunction(() => location.hash.endsWith('n=1'));
    const temperature = page.getByLabel(en.softmax.temperature);
    await temperature.press('End');
    expect(await page.locator('.most').textContent()).not.toBe('98 %');

    // The query's arrow, by keys; a key's, by the mouse.
    await page.goto(`${server.url}#/learn/query-key-value`);
    const plane = page.getByTestId('plane');
    const tip = (i: number) => page.locator(`[data-tip="${i}"]`);
    for (let i = 0; i < 3; i += 1) await tip(0).press('ArrowDown');
    const box = (await page.locator('.plane').boundingBox())!;
    const unit = box.width / (2 * REACH * 1.15);
    await tip(1).hover();
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2 - unit, box.y + box.height / 2 + unit, { steps: 4 });
    await page.mouse.up();
    const keys = [
      { x: -1, y: -1 },
      { x: -1.1, y: 1.2 },
      { x: 0.4, y: 1.6 },
    ];
    const weights = matches({ x: 1.2, y: 0.5 }, keys).map(({ weight }) => formatPercent(weight));
    const texts = await plane.locator('td.weight').allTextContents();
    expect(texts.map((text) => text.trim())).toEqual(weights);

    await page.goto(`${server.url}#/learn`);
    await walk(page, en);
    expect(problems).toEqual([]);
    await close();
  },
  WALK,
);

test('a model that the browser has stored is not offered again', async () => {
  const { page, problems, close } = await openPage(browser, `${server.url}#/learn/self-attention?m=minilm`);
  const offer = page.getByText(en['self-attention'].what);
  await offer.waitFor();
  await fetchButton(page).click();
  await page.getByText('69 %').first().waitFor();
  await page.reload();
  await page.getByText('69 %').first().waitFor();
  expect(await offer.count()).toBe(0);
  expect(problems).toEqual([]);
  await close();
}, 60_000);
