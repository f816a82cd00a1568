import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launchBrowser, serveDirectory } from '@headwise/test-browser';
import { build } from 'vite';
import { POLICY } from '../../packages/playground/plugins/policy.ts';
import {
  CONTENDER_IDS,
  canDo,
  WORKS,
  type WorkId,
} from '../../packages/playground/src/engine/benchmark/contenders.ts';

// The room Benchmark with the engines of others, in Chromium under the page's content security policy: `npm run verify -- page-peers`. Every engine must
// compute each work that it can do; times are printed as the page copies them.

const playground = fileURLToPath(new URL('../../packages/playground/', import.meta.url));

async function main(): Promise<void> {
  const site = mkdtempSync(join(tmpdir(), 'headwise-page-'));
  process.env.HEADWISE_PEERS = '1';
  try {
    await build({ root: playground, logLevel: 'error', build: { outDir: site, emptyOutDir: true } });
    const server = await serveDirectory(site, { headers: { 'content-security-policy': POLICY } });
    const browser = await launchBrowser();
    try {
      for (const work of WORKS) await measure(browser, server.url, work);
    } finally {
      await browser.close();
      await server.close();
    }
  } finally {
    rmSync(site, { recursive: true });
  }
}

async function measure(
  browser: Awaited<ReturnType<typeof launchBrowser>>,
  url: string,
  work: WorkId,
): Promise<void> {
  const context = await browser.newContext({ locale: 'en-US' });
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  const contenders = CONTENDER_IDS.filter((id) => canDo(id, work));
  await page.goto(`${url}#/benchmark?w=${work}&c=${contenders.join(',')}`);
  // Which peers there are is asked after the page is shown.
  await page
    .getByText(/are fetched when it is measured/)
    .first()
    .waitFor();
  await page.getByRole('button', { name: 'Measure' }).click();
  await page.getByTestId('machine').waitFor();
  const lines = await page
    .locator('[data-testid=times] tr, [data-failed]')
    .evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent).join(' | ')));
  console.log([`\n${work}`, ...lines].join('\n'));
  if ((await page.locator('[data-contender]').count()) !== contenders.length) process.exitCode = 1;
  await context.close();
}

await main();
