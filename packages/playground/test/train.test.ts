import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { launchBrowser, type StaticServer } from '@headwise/test-browser';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunSettings } from '../src/engine/train/experiments.ts';
import type { Look } from '../src/engine/train/look.ts';
import { TrainingRun } from '../src/engine/train/run.ts';
import { en } from '../src/rooms/train/en.ts';
import { formatLoss, totalOf } from '../src/rooms/train/format.ts';
import { ko } from '../src/rooms/train/ko.ts';
import { context } from './helpers/models.ts';
import {
  axeViolations,
  type Browser,
  openPage,
  type Page,
  type WatchedPage,
  WCAG_AND_PRACTICE,
} from './helpers/page.ts';
import { serveSite } from './helpers/site.ts';

const DATES: RunSettings = {
  experiment: 'dates-attention',
  seed: 3,
  rate: 0.01,
  width: 32,
  heads: 4,
  cell: 'gru',
};
const STEPS = 20;
const TIMEOUT = 120_000;

let server: StaticServer;
let browser: Browser;
let watched: WatchedPage;
let page: Page;
/** The run of the page, in Node. */
let run: TrainingRun;
const losses: number[] = [];
const looks: Look[] = [];

beforeAll(async () => {
  server = await serveSite();
  browser = await launchBrowser();
  run = await TrainingRun.open(DATES);
  await run.advance(STEPS, {
    ...context,
    onStep: ({ loss }) => losses.push(loss),
    onLook: (look) => looks.push(look),
  });
  watched = await openPage(browser, `${server.url}#/train?width=32&seed=3`, {
    viewport: { width: 1440, height: 900 },
    reducedMotion: 'reduce',
  });
  page = watched.page;
  page.setDefaultTimeout(30_000);
}, TIMEOUT);
afterAll(async () => {
  await run?.dispose();
  await watched?.close();
  await browser?.close();
  await server?.close();
});

/** Presses a button as soon as that has an effect. */
const press = (name: string) =>
  page.getByRole('button', { name, exact: true, disabled: false }).press('Enter');
const shown = (id: string) => page.getByTestId(id);
const go = (hash: string) =>
  page.evaluate((to) => {
    location.hash = to;
  }, hash);

test('the first steps with the keyboard have the losses of core', { timeout: TIMEOUT }, async () => {
  await shown('parameters').getByText(run.parameters.toLocaleString('en')).waitFor();
  expect(await shown('preview').locator('tr').first().locator('td').allTextContents()).toEqual([
    run.data.train[0]!.source,
    run.data.train[0]!.target,
  ]);
  expect(await axeViolations(page, WCAG_AND_PRACTICE)).toEqual([]);
  for (const step of [1, 2]) {
    await press(en.actions.step);
    await shown('step').getByText(`${step} of 400`, { exact: true }).waitFor();
    await shown('status').getByText(en.progress.phase('paused', step)).waitFor();
    expect(await shown('loss').textContent()).toBe(formatLoss(losses[step - 1]!));
  }
});

test('an address is trained until its step, and shows what core does there', {
  timeout: TIMEOUT,
}, async () => {
  await page.goto('about:blank');
  await page.goto(`${server.url}#/train?width=32&seed=3&at=${STEPS}`);
  await shown('status').getByText(en.progress.phase('paused', STEPS)).waitFor();
  const look = looks.at(-1)!;
  const { right, count } = totalOf(look.scores);
  expect(await shown('loss').textContent()).toBe(formatLoss(losses.at(-1)!));
  expect((await shown('look').textContent())!.replace(/\s+/g, ' ')).toContain(
    `${en.look.score(right, count)}, ${en.look.loss(formatLoss(look.loss!))}`,
  );
  for (const text of look.texts) expect(await shown('samples').textContent()).toContain(text);
  const { rows, columns, weights } = look.alignment!;
  const cells = await page
    .getByRole('region', { name: en.look.heading })
    .locator('.cell')
    .evaluateAll((all) =>
      all.map((cell) => Number((cell as HTMLElement).style.getPropertyValue('--weight'))),
    );
  expect(cells).toHaveLength(rows.length * columns.length);
  for (const [i, cell] of cells.entries()) expect(cell).toBeCloseTo(weights.flat()[i]!, 6);
  await page
    .getByRole('img', {
      name: en.curves.describeLoss(en.curves.now, formatLoss(losses[0]!), formatLoss(losses.at(-1)!), STEPS),
    })
    .waitFor();

  // The slider goes back to the look before the first step, and the address with it.
  await page.getByLabel(en.look.scrub).press('Home');
  await shown('look').getByText(en.look.at(0)).waitFor();
  await page.waitForFunction(() => location.hash.includes('at=1'));
  await press(en.look.latest);
  await shown('look').getByText(en.look.at(STEPS)).waitFor();
  expect(await axeViolations(page, WCAG_AND_PRACTICE)).toEqual([]);
});

test('the saved files are those of core, to the last bit', { timeout: TIMEOUT }, async () => {
  const { files } = await run.files();
  for (const [name, bytes] of files) {
    const download = page.waitForEvent('download');
    await press(en.trained.download(name));
    expect((await readFile(await (await download).path())).equals(bytes), name).toBe(true);
  }
});

test('leaving the room pauses, and coming back says so and goes on; another seed is drawn over the run before', {
  timeout: TIMEOUT,
}, async () => {
  await press(en.actions.goOn);
  await page.getByRole('button', { name: en.actions.pause }).waitFor();
  await page.getByRole('link', { name: 'Learn', exact: true }).press('Enter');
  await page.getByRole('button', { name: '사랑해' }).waitFor();
  await page.getByRole('link', { name: 'Train', exact: true }).press('Enter');
  const status = (await shown('status').getByText('You left this room').textContent())!;
  const left = Number(/after (\d+) step/.exec(status)![1]);
  expect(left).toBeGreaterThanOrEqual(STEPS);
  await page.waitForFunction(
    (step) => Number.parseInt(document.querySelector('[data-testid=step]')!.textContent!, 10) > step,
    left,
  );
  await press(en.actions.stop);
  await shown('status').getByText('Stopped after').waitFor();
  expect(await page.getByRole('button', { name: en.actions.step }).isDisabled()).toBe(true);
  await press(en.settings.reseed);
  await shown('before').getByText('seed 3').waitFor();
  await page.waitForFunction(() => location.hash.includes('seed=4'));
  await shown('status').getByText(en.progress.phase('ready', 0)).waitFor();
  await press(en.actions.start);
  await press(en.actions.pause);
  await shown('status').getByText('Paused after').waitFor();
  expect(await axeViolations(page, WCAG_AND_PRACTICE)).toEqual([]);
});

test('numbers that are not finite stop the run: step and layer are named', { timeout: TIMEOUT }, async () => {
  await go('#/train/dates-transformer?width=32&rate=1e20');
  await press(en.actions.start);
  const alert = shown('not-finite');
  await alert.getByText('encoder.blocks.0.attention.queries').waitFor();
  expect(await alert.textContent()).toContain(en.notFinite.heading(2));
  expect(await alert.textContent()).toContain(en.notFinite.loss('NaN'));
  expect(await alert.textContent()).toContain(en.notFinite.kept(0));
  expect(await axeViolations(page, WCAG_AND_PRACTICE)).toEqual([]);
});

test('a trained decoder is opened in Explore', { timeout: TIMEOUT }, async () => {
  await go('#/train/characters?width=32&at=2');
  await shown('status').getByText(en.progress.phase('paused', 2)).waitFor();
  await press(`${en.trained.explore} →`);
  await page.getByTestId('map').waitFor();
  // <s> and the characters of the sentence.
  await page.getByTestId('ran').getByText('10 tokens').waitFor();
  expect(await page.getByLabel('Model', { exact: true }).inputValue()).toBe('local-decoder');
  expect(await axeViolations(page, WCAG_AND_PRACTICE)).toEqual([]);
  expect(watched.problems).toEqual([]);
});

test('what an address cannot mean is named, and scripts are small', { timeout: TIMEOUT }, async () => {
  await go('#/train/nothing?rate=-1&width=63');
  await page
    .getByRole('status')
    .getByText(/nothing/)
    .waitFor();
  const names = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
  const scripts = names.filter((name) => /\/(?:train|plot)-[^/]*\.js$/.test(name));
  expect(scripts.length).toBeGreaterThanOrEqual(2);
  for (const script of scripts) {
    const file = fileURLToPath(new URL(`../dist/assets/${script.split('/').at(-1)}`, import.meta.url));
    expect(gzipSync(await readFile(file)).length, script).toBeLessThan(35_000);
  }
});

test('on a phone in Korean and in the dark, by touch', { timeout: TIMEOUT }, async () => {
  const phone = await openPage(browser, `${server.url}#/train?width=32`, {
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    locale: 'ko-KR',
    colorScheme: 'dark',
  });
  phone.page.setDefaultTimeout(30_000);
  const status = phone.page.getByTestId('status');
  await status.getByText(ko.progress.phase('ready', 0)).waitFor();
  await phone.page.getByRole('button', { name: ko.actions.start }).tap();
  await phone.page.getByTestId('look').waitFor();
  await phone.page.getByRole('button', { name: ko.actions.pause }).tap();
  await status.getByText('멈춰 있습니다').waitFor();
  await phone.page.getByRole('button', { name: ko.actions.step }).tap();
  await status.getByText('멈춰 있습니다').waitFor();
  expect(await phone.page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  expect(await axeViolations(phone.page, WCAG_AND_PRACTICE)).toEqual([]);
  await phone.page.setViewportSize({ width: 320, height: 700 });
  expect(await phone.page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
  expect(phone.problems).toEqual([]);

  // The worker ends, and the run with it; another one begins it again.
  await phone.page.workers()[0]!.evaluate(() => {
    setTimeout(() => {
      throw new Error('out of memory');
    });
  });
  await phone.page.waitForTimeout(200);
  await phone.page.getByRole('button', { name: ko.actions.goOn }).tap();
  const alert = phone.page.getByRole('alert');
  await alert.getByText(ko.actions.failed).waitFor();
  expect(await axeViolations(phone.page, WCAG_AND_PRACTICE)).toEqual([]);
  await alert.getByRole('button', { name: ko.actions.again }).tap();
  await status.getByText(ko.progress.phase('ready', 0)).waitFor();
  expect(await alert.count()).toBe(0);
  await phone.close();
});
