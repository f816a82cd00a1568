import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launchBrowser, type StaticServer, serveDirectory } from '@headwise/test-browser';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { modelDirectory, storiesDirectory, weightsFile } from './lib/reference.ts';
import type { Standstill } from './pages/responsive.ts';

/** A frame of a screen at 60 Hz: a page that stands still for less drops none. */
const FRAME_MS = 16;

/**
 * A machine with two cores that others use too takes the page's thread off its core for tens of milliseconds, whatever the page does.
 * What our code does it does in every try: so the best one counts.
 */
const MOST_TRIES = 25;

const sentence = 'people walked home with bread and coffee while rain fell over the old town near the river ';
const work: Readonly<Record<string, string[]>> = {
  'a text of 512 tokens': [sentence.repeat(40)],
  'a batch of 24 texts': Array.from({ length: 24 }, (_, i) => sentence.repeat(1 + (i % 3))),
};

let directory: string;
let server: StaticServer;
let browser: Awaited<ReturnType<typeof launchBrowser>>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'headwise-page-'));
  await build({
    root: fileURLToPath(new URL('./pages/', import.meta.url)),
    configFile: false,
    logLevel: 'warn',
    build: { outDir: directory, emptyOutDir: true },
  });
  server = await serveDirectory(directory, {
    mounts: { '/weights/': modelDirectory, '/stories/': storiesDirectory },
  });
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
  await rm(directory, { recursive: true, force: true });
});

async function openPage(workers: number) {
  const page = await browser.newPage();
  await page.goto(server.url);
  const ready = () => page.evaluate(() => typeof window.load === 'function');
  await vi.waitFor(async () => expect(await ready()).toBe(true), 20_000);
  await page.evaluate(([file, count]) => window.load(file, count), [weightsFile, workers] as const);
  return page;
}

/** The try in which the page stood still least; no more tries once one is short enough. */
async function leastStandstill(
  attempt: () => Promise<Standstill>,
  computed: number,
  tries: number,
): Promise<Standstill> {
  let least: Standstill | undefined;
  for (let i = 0; i < tries && !(least && least.longestGap < FRAME_MS); i++) {
    const result = await attempt();
    expect(result.computed).toBe(computed);
    if (!least || result.longestGap < least.longestGap) least = result;
  }
  return least!;
}

describe.each(Object.entries(work))('while %s is embedded', (_, texts) => {
  test('by one worker, the page misses no frame', async () => {
    const page = await openPage(1);
    const embed = () => page.evaluate((all) => window.watch(all), [...texts]);
    const { longestGap, longestTask } = await leastStandstill(embed, texts.length, MOST_TRIES);
    console.log(`longest standstill of the page with one worker: ${longestGap.toFixed(1)} ms`);
    expect(longestGap).toBeLessThan(FRAME_MS);
    expect(longestTask).toBe(0);
    await page.close();
  });

  test("in the page's own thread, this very measure sees it stand still every time", async () => {
    const page = await openPage(0);
    const embed = () => page.evaluate((all) => window.watch(all), [...texts]);
    const { longestGap, longestTask } = await leastStandstill(embed, texts.length, 3);
    expect(longestGap).toBeGreaterThan(FRAME_MS);
    expect(longestTask).toBeGreaterThan(FRAME_MS);
    await page.close();
  });
});

describe('while a text is written', () => {
  async function openWriter(workers: number) {
    const page = await openPage(1);
    await page.evaluate((count) => window.loadWriter(count), workers);
    return page;
  }

  test.each([1, 2])('by %i workers, the page misses no frame', async (workers) => {
    const page = await openWriter(workers);
    const write = () => page.evaluate(() => window.watchWriting());
    const { longestGap, longestTask } = await leastStandstill(write, 30, MOST_TRIES);
    console.log(`longest standstill of the page, ${workers} workers writing: ${longestGap.toFixed(1)} ms`);
    expect(longestGap).toBeLessThan(FRAME_MS);
    expect(longestTask).toBe(0);
    await page.close();
  });

  test("in the page's own thread, it stands still every time", async () => {
    const page = await openWriter(0);
    const { longestGap } = await leastStandstill(() => page.evaluate(() => window.watchWriting()), 30, 3);
    expect(longestGap).toBeGreaterThan(FRAME_MS);
    await page.close();
  });
});

test('the measure itself finds nothing on a page that does nothing', async () => {
  const page = await openPage(1);
  const gaps: number[] = [];
  for (let i = 0; i < MOST_TRIES && !gaps.some((gap) => gap < FRAME_MS); i++) {
    gaps.push((await page.evaluate(() => window.idle(200))).longestGap);
  }
  expect(Math.min(...gaps)).toBeLessThan(FRAME_MS);
  await page.close();
});
