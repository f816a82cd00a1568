import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { launch } from 'puppeteer-core';
import type { Browser } from './browser.ts';
import { puppeteerPage } from './puppeteer.ts';

const path = [
  process.env.FIREFOX_PATH ?? '',
  '/usr/bin/firefox',
  '/usr/bin/firefox-esr',
  '/Applications/Firefox.app/Contents/MacOS/firefox',
  'C:\\Program Files\\Mozilla Firefox\\firefox.exe',
].find((candidate) => existsSync(candidate));

/** An installed Firefox, driven by WebDriver BiDi. */
export const firefox: Browser = {
  name: 'Firefox',
  version: path
    ? (/\d+\.[\d.]+/.exec(execFileSync(path, ['--version'], { encoding: 'utf8' }))?.[0] ?? '')
    : '',
  ...(!path && { missing: 'Firefox, or its path in FIREFOX_PATH' }),
  open: async () => puppeteerPage(await launch({ browser: 'firefox', executablePath: path! })),
};
