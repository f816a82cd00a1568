// The first exhibit and Explore in Firefox; page/firefox.test.ts walks through all rooms. Left out, with a message, where no Firefox is installed.
import { findFirefoxIfAny, type StaticServer } from '@headwise/test-browser';
import type { Browser } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  firefoxViolations,
  launchFirefox,
  openFirefoxPage,
  walkExplore,
  walkLearn,
} from './helpers/firefox.ts';
import { serveSite } from './helpers/site.ts';

const program = findFirefoxIfAny();
let server: StaticServer;
let browser: Browser;
beforeAll(async () => {
  if (program === undefined) return;
  server = await serveSite();
  browser = await launchFirefox(program);
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

const WALKS = [
  { hash: '#/learn', walk: walkLearn },
  { hash: '#/explore?m=bert-mini', walk: walkExplore },
] as const;

test.runIf(program).each(WALKS)('Firefox shows at $hash what core computes', async ({ hash, walk }) => {
  const { page, problems } = await openFirefoxPage(browser);
  await page.goto(`${server.url}${hash}`);
  await walk(page);
  expect(await firefoxViolations(page)).toEqual([]);
  expect(problems).toEqual([]);
  await page.close();
});
