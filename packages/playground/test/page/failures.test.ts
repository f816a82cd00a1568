// What the page says where it cannot run, in words of the reader's language, with the engine's own behind them; and that it can be read in both
// languages and themes.
import { fileURLToPath } from 'node:url';
import { launchBrowser, type StaticServer, serveDirectory } from '@headwise/test-browser';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ko } from '../../src/app/i18n/ko.ts';
import { faultsInAllLooks, openPage, type Page, saveScreenshot } from '../helpers/page.ts';
import { serveSite } from '../helpers/site.ts';

const HASH = '#/explore?m=bert-mini';
let server: StaticServer;
/** Without `wasm-unsafe-eval`. */
let strict: StaticServer;
beforeAll(async () => {
  server = await serveSite();
  const dist = fileURLToPath(new URL('../../dist/', import.meta.url));
  strict = await serveDirectory(dist, { headers: { 'content-security-policy': "script-src 'self'" } });
});
afterAll(async () => {
  await server?.close();
  await strict?.close();
});

interface Case {
  readonly what: string;
  readonly flags?: readonly string[];
  readonly prepare?: (page: Page) => Promise<unknown>;
  readonly isStrict?: boolean;
  readonly says: string;
  readonly detail: RegExp;
}

/** Runs code in the engine's worker before its own. */
function inWorker(page: Page, code: string): Promise<unknown> {
  return page.route('**/host.worker*.js', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${code}\n${await response.text()}` });
  });
}

const CASES: readonly Case[] = [
  {
    what: 'no WebAssembly',
    flags: ['--js-flags=--jitless'],
    says: ko.failures.unsupported,
    detail: /WebAssembly/,
  },
  {
    what: 'no SIMD',
    flags: ['--js-flags=--no-enable-sse4-1'],
    says: ko.failures.unsupported,
    detail: /simd/,
  },
  {
    what: 'no workers',
    prepare: (page) => page.addInitScript(() => void Reflect.deleteProperty(globalThis, 'Worker')),
    says: ko.failures.unsupported,
    detail: /no workers/,
  },
  {
    what: 'a policy that forbids WebAssembly',
    isStrict: true,
    says: ko.failures.policy,
    detail: /Content Security/i,
  },
  {
    what: 'no connection, and nothing stored',
    prepare: (page) => page.route('**/models/**', (route) => route.abort('internetdisconnected')),
    says: ko.failures.connection,
    detail: /config\.json/,
  },
  {
    what: 'a file that the server does not have',
    prepare: (page) =>
      page.route('**/bert-mini/model.safetensors', (route) => route.fulfill({ status: 404, body: '' })),
    says: ko.failures.missing,
    detail: /404/,
  },
  {
    what: 'no memory',
    prepare: (page) =>
      inWorker(page, 'WebAssembly.Memory.prototype.grow = () => { throw new RangeError(); };'),
    says: ko.failures.memory,
    detail: /memory/i,
  },
  {
    what: 'an engine that died',
    prepare: (page) => inWorker(page, 'throw new Error("out of order");'),
    says: ko.failures.other,
    detail: /out of order/,
  },
  {
    what: 'a damaged file',
    prepare: (page) =>
      page.route('**/bert-mini/model.safetensors', (route) => route.fulfill({ body: 'not a model' })),
    says: ko.failures.damaged,
    detail: /safetensors/,
  },
];

test.each(CASES)('$what', async ({ what, flags = [], prepare, isStrict = false, says, detail }) => {
  const browser = await launchBrowser(flags);
  try {
    const { page } = await openPage(browser, 'about:blank', {
      locale: 'ko-KR',
      reducedMotion: 'reduce',
    });
    await prepare?.(page);
    await page.goto(`${(isStrict ? strict : server).url}${HASH}`);
    const alert = page.getByRole('alert').first();
    await alert.waitFor({ timeout: 60_000 });
    const text = await alert.textContent();
    expect(text).toContain(says);
    expect(text).toMatch(detail);
    expect(await alert.locator('details').getAttribute('open')).toBeNull();
    await alert.locator('summary').click();
    expect(await faultsInAllLooks(page)).toEqual([]);
    await saveScreenshot(page, `failure-${what.replace(/\W+/g, '-')}`);
  } finally {
    await browser.close();
  }
});

test('no space for files: the model runs all the same', async () => {
  const browser = await launchBrowser();
  try {
    const { page } = await openPage(browser, 'about:blank');
    const devtools = await page.context().newCDPSession(page);
    const origin = new URL(server.url).origin;
    await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 10_000 });
    await page.goto(`${server.url}${HASH}`);
    await page.getByTestId('map').waitFor({ timeout: 60_000 });
  } finally {
    await browser.close();
  }
});
