// The built folder on a host that knows nothing of it: under a path, without special headers.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { launchBrowser, type StaticServer, serveDirectory } from '@headwise/test-browser';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Browser, enterSentence, openPage } from './helpers/page.ts';

const DIST = fileURLToPath(new URL('../dist/', import.meta.url));
const PATH = 'a/path/';

let server: StaticServer;
let browser: Browser;
beforeAll(async () => {
  const nothing = fileURLToPath(new URL('helpers/nothing/', import.meta.url));
  server = await serveDirectory(nothing, { mounts: { [`/${PATH}`]: DIST } });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

test('runs under a path under its own content security policy, and opens there offline on the second visit', async () => {
  const { page, problems, close } = await openPage(
    browser,
    `${server.url}${PATH}index.html#/explore?m=bert-mini`,
  );
  await page.getByTestId('map').waitFor();
  const blocked = await page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        document.addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective));
        fetch('https://example.com/').catch(() => undefined);
      }),
  );
  expect(blocked).toBe('connect-src');
  problems.splice(0);
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  await page.context().setOffline(true);
  await page.goto(`${server.url}${PATH}#/explore?m=bert-mini`);
  await page.reload();
  await page.getByTestId('map').waitFor();
  await enterSentence(page, 'We love you', 5);
  await close();
});

test('says without JavaScript what it needs, in both languages', async () => {
  const { page, close } = await openPage(browser, `${server.url}${PATH}`, { javaScriptEnabled: false });
  const text = await page.locator('main').textContent();
  expect(text).toContain('It needs JavaScript');
  expect(text).toContain('JavaScript가 꺼져 있습니다');
  await close();
});

/** Width and height of a PNG. */
const sizeOf = (png: Buffer): string => `${png.readUInt32BE(16)}x${png.readUInt32BE(20)}`;

test('has the icons and the picture that its manifest and its head name', async () => {
  const html = await readFile(`${DIST}index.html`, 'utf8');
  const manifest = JSON.parse(await readFile(`${DIST}manifest.webmanifest`, 'utf8')) as {
    icons: { src: string; sizes: string }[];
    start_url: string;
  };
  expect(manifest.start_url).toBe('./');
  let bytes = 0;
  for (const { src, sizes } of manifest.icons) {
    const icon = await readFile(DIST + src);
    bytes += icon.length;
    if (src.endsWith('.png')) expect(sizeOf(icon)).toBe(sizes);
  }
  expect(bytes).toBeLessThan(20_000);
  const attribute = (pattern: RegExp): string => pattern.exec(html)![1]!;
  expect(sizeOf(await readFile(DIST + attribute(/"apple-touch-icon" href="\.\/([^"]+)"/)))).toBe('180x180');
  const picture = attribute(/og:image" content="\.\/([^"]+)"/);
  expect((await readFile(DIST + picture)).length).toBeLessThan(120_000);
  const { page, close } = await openPage(browser, `${server.url}${PATH}${picture}`);
  const size = await page.evaluate(() => [
    document.images[0]?.naturalWidth,
    document.images[0]?.naturalHeight,
  ]);
  expect(size).toEqual([1200, 630]);
  await close();
  for (const reference of html.matchAll(/(?:href|src)="([^"]+)"/g)) expect(reference[1]).toMatch(/^\.\//);
});
