import { parseReport } from '@headwise/benchmarks/page';
import { launchBrowser, type StaticServer } from '@headwise/test-browser';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SUBJECTS } from '../src/engine/benchmark/works.ts';
import { run } from '../src/engine/jobs/benchmark.ts';
import { en } from '../src/rooms/benchmark/en.ts';
import { ko } from '../src/rooms/benchmark/ko.ts';
import { context, store } from './helpers/models.ts';
import { axeViolations, type Browser, openPage, type Page, WCAG_AND_PRACTICE } from './helpers/page.ts';
import { serveSite } from './helpers/site.ts';

/** Some seconds on a machine that does nothing else. */
const WALK = 120_000;

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

/** Measures until the machine's speed did not change while it did, which the page says itself. */
async function measure(page: Page, press: () => Promise<void>): Promise<void> {
  for (let tries = 0; tries < 8; tries += 1) {
    await press();
    await page.getByTestId('machine').waitFor();
    if ((await page.getByTestId('void').count()) === 0) return;
  }
  throw new Error('the speed of this machine changed in 8 runs');
}

/** The cells of a contender's row. */
const cells = (page: Page, id: string) => page.locator(`[data-contender="${id}"] td`).allTextContents();

test(
  'in English engines are chosen, checked and timed, and the report copied, with the keyboard alone',
  async () => {
    const { page, problems, close } = await openPage(browser, `${server.url}#/benchmark`, {
      viewport: { width: 1440, height: 900 },
      reducedMotion: 'reduce',
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    page.setDefaultTimeout(60_000);
    await page.getByTestId('missing').getByText(en.contenders.command).waitFor();
    for (const id of ['ort', 'ort-q8', 'tfjs', 'workers'] as const)
      expect(await page.getByLabel(en.contenders.names[id], { exact: true }).isDisabled()).toBe(true);
    expect(await axeViolations(page, WCAG_AND_PRACTICE)).toEqual([]);
    await page.getByLabel(en.contenders.names.q4).press('Space');
    await page.waitForFunction(() => location.hash.endsWith('c=relaxed,simd,q8'));
    const button = page.getByRole('button', { name: en.run.start });
    await measure(page, () => button.press('Enter'));

    const { rows } = await run(
      store,
      { work: 'product', contenders: ['simd'], budgetMs: 1, places: { models: '', peers: '' } },
      context,
    );
    const { flops } = SUBJECTS.product;
    for (const id of ['relaxed', 'simd', 'q8']) {
      const [best = '', median = '', rate = ''] = await cells(page, id);
      expect(Number(median)).toBeGreaterThanOrEqual(Number(best));
      // Both are rounded to three digits.
      expect(Number(rate) / (flops / Number(best) / 1e6)).toBeCloseTo(1, 1);
    }
    // The same bits in every browser, and in Node: the same error.
    expect((await cells(page, 'simd'))[3]).toBe(rows[0]!.maxError!.toExponential(1));

    await page.getByRole('button', { name: en.result.copyJson }).press('Enter');
    await page.getByText(en.result.copied).waitFor();
    const report = parseReport(JSON.parse(await page.evaluate(() => navigator.clipboard.readText())));
    expect(report.rows.map(({ backend, dtype }) => `${backend} ${dtype}`)).toEqual([
      'wasm-relaxed-simd f32',
      'wasm-simd f32',
      'wasm-relaxed-simd q8',
    ]);
    expect(report.machine.runtime).toMatch(/^Chromium \d/);
    await page.getByRole('button', { name: en.result.copyMarkdown }).press('Enter');
    await page.waitForFunction(async () => (await navigator.clipboard.readText()).includes('| wasm-simd |'));
    expect(await axeViolations(page, WCAG_AND_PRACTICE)).toEqual([]);

    // Hidden tabs are slowed down: the run is broken off.
    await page.getByText(en.run.lengths.thorough, { exact: true }).click();
    await button.press('Enter');
    await page.getByTestId('stage').getByText(en.run.time).waitFor();
    expect(await axeViolations(page, WCAG_AND_PRACTICE)).toEqual([]);
    await page.evaluate(() => {
      Object.defineProperty(document, 'hidden', { value: true, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await page.getByTestId('broken-off').getByText(en.run.brokenOff.hidden).waitFor();
    expect(await page.getByTestId('times').count()).toBe(0);
    expect(problems).toEqual([]);
    await close();
  },
  WALK,
);

test(
  'in Korean on a phone two engines attend, one is guessed, and a run is stopped, by touch',
  async () => {
    const { page, problems, close } = await openPage(browser, `${server.url}#/benchmark`, {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      locale: 'ko-KR',
      colorScheme: 'dark',
    });
    page.setDefaultTimeout(60_000);
    await page.getByText(ko.work.names.attention, { exact: true }).tap();
    expect(await page.getByLabel(ko.contenders.names.q8, { exact: true }).isDisabled()).toBe(true);
    await page.getByRole('combobox', { name: ko.guess.label }).selectOption('simd');
    const button = page.getByRole('button', { name: ko.run.start, exact: true });
    await measure(page, () => button.tap());
    const times = await Promise.all(
      ['relaxed', 'simd'].map(async (id) => Number((await cells(page, id))[0])),
    );
    const { names } = ko.contenders;
    const shown = await page.getByTestId('fastest').textContent();
    // Times that are shown as equal may differ.
    const possible = [
      ...(times[1]! <= times[0]! ? [ko.guess.right(names.simd)] : []),
      ...(times[0]! <= times[1]! ? [ko.guess.wrong(names.simd, names.relaxed)] : []),
    ];
    expect(possible.some((verdict) => shown?.includes(verdict))).toBe(true);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    expect(await axeViolations(page, WCAG_AND_PRACTICE)).toEqual([]);

    await page.getByText(ko.run.lengths.thorough, { exact: true }).tap();
    await button.tap();
    await page.getByTestId('stage').getByText(ko.run.time).waitFor();
    await page.getByRole('button', { name: ko.run.stop }).tap();
    await page.getByText(ko.result.waiting).waitFor();
    await page.waitForFunction(() => location.hash.endsWith('w=attention&n=thorough'));
    expect(problems).toEqual([]);
    await close();
  },
  WALK,
);
