// A walk through each room in Firefox: typed, clicked, and its numbers compared with core's. `npm run test:page -- firefox` runs this.
import { readFile } from 'node:fs/promises';
import type { StaticServer } from '@headwise/test-browser';
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { ROOM_IDS, type RoomId } from '../../src/app/room.ts';
import { run as measure } from '../../src/engine/jobs/benchmark.ts';
import { run as hear } from '../../src/engine/jobs/listen-hear.ts';
import { run as openSound } from '../../src/engine/jobs/listen-open.ts';
import { run as find } from '../../src/engine/jobs/search-find.ts';
import { TrainingRun } from '../../src/engine/train/run.ts';
import { formatCosine, formatPercent } from '../../src/lib/format.ts';
import { formatSeconds } from '../../src/pictures/spectrogram.ts';
import { en as benchmark } from '../../src/rooms/benchmark/en.ts';
import { formatProbability } from '../../src/rooms/generate/format.ts';
import { visible } from '../../src/rooms/generate/tokens.ts';
import { en as listen } from '../../src/rooms/listen/en.ts';
import { en as train } from '../../src/rooms/train/en.ts';
import { formatLoss } from '../../src/rooms/train/format.ts';
import {
  launchFirefox,
  openFirefoxPage,
  texts as textsOf,
  waitForTexts as waitForTextsIn,
  walkExplore,
  walkLearn,
  write as writeIn,
} from '../helpers/firefox.ts';
import { context, store } from '../helpers/models.ts';
import { serveSite } from '../helpers/site.ts';

const APOLLO = new URL('../../src/rooms/listen/sounds/apollo-13.wav', import.meta.url);

let server: StaticServer;
let browser: Browser;
let page: Page;
let problems: string[] = [];

beforeAll(async () => {
  server = await serveSite();
  browser = await launchFirefox();
});
beforeEach(async () => {
  ({ page, problems } = await openFirefoxPage(browser));
});
afterEach(() => page.close());
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

const write = (text: string): Promise<void> => writeIn(page, text);
const texts = (selector: string): Promise<string[]> => textsOf(page, selector);
const waitForTexts = (selector: string, wanted: readonly string[]): Promise<void> =>
  waitForTextsIn(page, selector, wanted);

/** Each begins where its room opens. */
const WALKS: Readonly<Record<RoomId, () => Promise<void>>> = {
  learn: () => walkLearn(page),
  explore: () => walkExplore(page),

  async generate() {
    await write('파일을 ');
    const model = await store.load('gpt-mini');
    const top = await model.nextTokens('파일을 ', { topK: 10 });
    await waitForTexts(
      '[data-testid=candidates] li button',
      top.map(({ token }) => visible(token)),
    );
    await waitForTexts(
      '[data-testid=candidates] [data-column=model]',
      top.map(({ probability }) => formatProbability(probability)),
    );
    await (await page.$$('[data-testid=candidates] li button'))[0]!.click();
    const [best] = await model.nextTokens(`파일을 ${top[0]!.token}`, { topK: 1 });
    await page.waitForFunction(
      (text) => document.querySelector('[data-testid=candidates] li button')?.textContent === text,
      {},
      visible(best!.token),
    );
  },

  async train() {
    const run = await TrainingRun.open({
      experiment: 'dates-attention',
      seed: 3,
      rate: 0.01,
      width: 32,
      heads: 4,
      cell: 'gru',
    });
    const losses: number[] = [];
    await run.advance(2, { ...context, onStep: ({ loss }) => losses.push(loss), onLook: () => undefined });
    await run.dispose();
    await page.goto(`${server.url}#/train?width=32&seed=3&at=2`);
    await waitForTexts('[data-testid=status]', [train.progress.phase('paused', 2)]);
    await waitForTexts('[data-testid=loss]', [formatLoss(losses[1]!)]);
  },

  async search() {
    await page.goto(`${server.url}#/search?by=letters`);
    await page.waitForSelector('main textarea');
    const [text = ''] = await page.$$eval('main textarea[rows="10"]', (fields) =>
      fields.map((field) => (field as HTMLTextAreaElement).value),
    );
    const query = 'What if a head is switched off?';
    const field = (await page.$('main textarea:not([rows="10"])'))!;
    await field.click({ count: 3 });
    await field.type(query);
    const { letters } = await find(store, { text, query, byMeaning: false, count: 8 }, context);
    await waitForTexts(
      '.results ol [data-testid=score]',
      letters.map(({ score }) => formatCosine(score)),
    );
  },

  async listen() {
    await page.waitForSelector('[data-testid=spectrogram][data-frames="600"]');
    await (await page.waitForSelector('[data-testid=offer] button', { visible: true }))?.click();
    const { samples } = await openSound(store, { wav: await readFile(APOLLO) }, context);
    const params = { samples, language: 'en', silenced: [], beside: undefined };
    const { words, text } = await hear(store, params, context);
    await page.waitForSelector('[data-testid=transcript]', { timeout: 120_000 });
    await waitForTexts('[data-testid=transcript]', [text]);
    await page.click('[data-word="10"]');
    const { start, end, probability } = words[10]!;
    await waitForTexts('[data-testid=word-times]', [
      listen.word.times(formatSeconds(start), formatSeconds(end), formatPercent(probability)),
    ]);
  },

  async benchmark() {
    const start = await page.waitForSelector(
      `::-p-xpath(//button[normalize-space()="${benchmark.run.start}"])`,
    );
    await start!.click();
    await page.waitForSelector('[data-testid=machine]', { timeout: 60_000 });
    const { rows } = await measure(
      store,
      { work: 'product', contenders: ['simd'], budgetMs: 1, places: { models: '', peers: '' } },
      context,
    );
    const cells = await texts('[data-contender=simd] td');
    // The same bits in every browser, and in Node: the same error.
    expect(cells[3]).toBe(rows[0]!.maxError!.toExponential(1));
  },
};

test.each(ROOM_IDS)('%s computes in Firefox what core computes', async (id) => {
  await page.goto(`${server.url}#/${id}`);
  await WALKS[id]();
  expect(problems).toEqual([]);
});
