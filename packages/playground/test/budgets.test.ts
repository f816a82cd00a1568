// What the page may cost before it shows something: bytes, time, shifts of the layout. page/tasks.test.ts measures what follows.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { launchBrowser, type StaticServer } from '@headwise/test-browser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOM_IDS } from '../src/app/room.ts';
import { MODEL_IDS, modelEntry } from '../src/engine/registry.ts';
import { type Browser, openPage, type Page } from './helpers/page.ts';
import { ROOM_CHECKS } from './helpers/rooms.ts';
import { serveSite } from './helpers/site.ts';
import { SLOW_LINE, slowSite } from './helpers/slow-site.ts';
import { best } from './helpers/traces.ts';

const KB = 1000;
const DIST = fileURLToPath(new URL('../dist/', import.meta.url));

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

/** Bytes of a file of the site as a host sends it: texts compressed. */
function sentBytes(path: string): number {
  const bytes = readFileSync(DIST + (path === '' ? 'index.html' : path));
  return /\.(?:woff2|png)$/.test(path) ? bytes.length : gzipSync(bytes).length;
}
const sum = (paths: Iterable<string>): number =>
  [...paths].reduce((total, path) => total + sentBytes(path), 0);

/** What a page asks for until a room shows what a model has computed; without what it fetches when nothing else is on the way. */
async function filesOf(hash: string, locale: string, ready: (page: Page) => Promise<unknown>) {
  const { page, close } = await openPage(browser, 'about:blank', { locale });
  const asked = new Set<string>();
  page.on('request', (request) => asked.add(request.url().slice(server.url.length)));
  await page.goto(`${server.url}${hash}`);
  await ready(page);
  await page.evaluate(() => document.fonts.ready);
  await close();
  const files = [...asked].map((path) => path.replace(/#.*/, ''));
  const isLater = (path: string): boolean => /noto-sans-kr|service-worker/.test(path);
  const code = files.filter((path) => path.endsWith('.js') && !isLater(path));
  const isEngine = (path: string): boolean => path.startsWith('assets/engine/');
  return {
    all: files.filter((path) => !path.startsWith('models/') && !isLater(path)),
    scripts: code.filter((path) => !isEngine(path)),
    engine: code.filter(isEngine),
    styles: files.filter((path) => path.endsWith('.css') && !isLater(path)),
    fonts: files.filter((path) => path.endsWith('.woff2') && !isLater(path)),
  };
}

describe('bytes', () => {
  test('every room of the bar has its checks', () => {
    expect(ROOM_CHECKS.map(({ id }) => id)).toEqual(ROOM_IDS);
  });

  test.each(['en-US', 'ko-KR'])('the first load without weights has at most 200 KB (%s)', async (locale) => {
    const { ready } = ROOM_CHECKS[0]!;
    const first = await filesOf('', locale, ready);
    const figures = Object.fromEntries(Object.entries(first).map(([kind, paths]) => [kind, sum(paths)]));
    console.info(locale, figures);
    expect(figures.styles).toBeLessThan(8 * KB);
    expect(figures.fonts).toBeGreaterThan(10 * KB);
    expect(figures.fonts).toBeLessThan(60 * KB);
    expect(figures.scripts).toBeLessThan(55 * KB);
    expect(figures.engine).toBeLessThan(98 * KB);
    expect(figures.all).toBeLessThan(200 * KB);
  });

  test('the code of a room has at most 35 KB', async () => {
    const scripts = new Map<string, readonly string[]>();
    for (const { id, hash, ready } of ROOM_CHECKS)
      scripts.set(id, (await filesOf(hash, 'en-US', ready)).scripts);
    const [first = [], ...others] = scripts.values();
    const shell = first.filter((path) => others.every((paths) => paths.includes(path)));
    expect(sum(shell)).toBeLessThan(45 * KB);
    for (const [id, paths] of scripts) {
      const others = [...scripts].flatMap(([other, paths]) => (other === id ? [] : paths));
      const own = paths.filter((path) => !others.includes(path));
      // uPlot, which comes with the first chart.
      const charts = own.filter((path) => path.startsWith('assets/plot-'));
      console.info(id, sum(own), sum(charts));
      expect(sum(charts), id).toBeLessThan(24 * KB);
      expect(sum(own) - sum(charts), id).toBeLessThan(35 * KB);
    }
  });

  test('the small models of the first page are in its first megabyte, and no file of a model is larger than need be', () => {
    const size = (id: (typeof MODEL_IDS)[number]): number => modelEntry(id).bytes;
    expect(size('grammar-en-ko') + 200 * KB).toBeLessThan(1000 * KB);
    const LIMITS: Readonly<Record<string, number>> = {
      minilm: 23.3e6,
      stories15m: 62e6,
      'whisper-tiny': 43e6,
      'ko-student': 1.8e6,
    };
    for (const id of MODEL_IDS) {
      const limit = LIMITS[id] ?? 1e6;
      expect(size(id), id).toBeLessThan(limit);
    }
  });
});

describe('time', () => {
  test('with 10 Mbit/s, the first exhibit is alive after 3.5 s', async () => {
    const site = await slowSite(await serveSite(), SLOW_LINE);
    try {
      const seconds = await best(3.5, 3, async () => {
        const { page, close } = await openPage(browser, 'about:blank');
        const started = performance.now();
        await page.goto(site.url);
        await ROOM_CHECKS[0]!.ready(page);
        await close();
        return (performance.now() - started) / 1000;
      });
      console.info('first exhibit', seconds, 's');
      expect(seconds).toBeLessThan(3.5);
    } finally {
      await site.close();
    }
  });

  // More of the file would come while a slow machine computes, so no more of it is sent.
  test('MiniLM’s first heads are drawn from the first 4 MB', async () => {
    const held = { path: '/models/minilm/model.safetensors', bytes: 2.9e6 };
    const site = await slowSite(await serveSite(), SLOW_LINE, held);
    try {
      const { page, close } = await openPage(browser, `${site.url}#/explore`);
      await page.waitForFunction(() => document.querySelectorAll('[data-label]').length >= 12);
      console.info('first heads', site.sent(), 'bytes', site.sentOf.get(held.path));
      expect(site.sent()).toBeLessThan(4e6);
      expect(await page.locator('[data-label]').count()).toBeLessThan(72);
      await close();
    } finally {
      await site.close();
    }
  });

  // Fonts and the first results come in another order each time.
  test.each(ROOM_CHECKS)('the layout of $id shifts by at most 0.05', async ({ hash, ready }) => {
    const total = await best(0.05, 3, () => shiftsOf(hash, ready));
    console.info('shifts', total);
    expect(total).toBeLessThan(0.05);
  });
});

/** The sum of all shifts of the layout until half a second after the room is ready. */
async function shiftsOf(hash: string, ready: (page: Page) => Promise<unknown>): Promise<number> {
  const { page, close } = await openPage(browser, 'about:blank', {
    viewport: { width: 1440, height: 900 },
  });
  await page.addInitScript(() => {
    const shifts: number[] = [];
    Object.assign(globalThis, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { value, hadRecentInput } = entry as PerformanceEntry & {
          value: number;
          hadRecentInput: boolean;
        };
        if (!hadRecentInput) shifts.push(value);
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
  await page.goto(`${server.url}${hash}`);
  await ready(page);
  await page.waitForTimeout(500);
  const shifts = await page.evaluate(() => (globalThis as unknown as { shifts: number[] }).shifts);
  await close();
  return shifts.reduce((a, b) => a + b, 0);
}
