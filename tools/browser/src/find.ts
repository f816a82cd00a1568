import { existsSync } from 'node:fs';
import type { BrowserProgram } from './program.ts';
import { unpackChromium } from './unpack.ts';

const INSTALLED: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: [
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/usr/bin/google-chrome-stable',
    '/opt/google/chrome/chrome',
    '/snap/bin/chromium',
  ],
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ],
  win32: [
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
  ],
};

/**
 * Finds a Chromium: the one that CHROME_PATH names, else an installed one, else the one that a package carries
 * (Linux on x64 only).
 *
 * @throws Error when there is none, saying what to install.
 */
export async function findBrowser(): Promise<BrowserProgram> {
  const named = process.env.CHROME_PATH;
  if (named) {
    if (!existsSync(named)) throw new Error(`CHROME_PATH names ${named}, which does not exist`);
    return { executablePath: named, env: {} };
  }
  const installed = INSTALLED[process.platform]?.find((path) => existsSync(path));
  if (installed) return { executablePath: installed, env: {} };
  if (process.platform === 'linux' && process.arch === 'x64') return unpackChromium();
  throw new Error(
    `no Chromium found on ${process.platform}-${process.arch}: install Chromium or Chrome, or set CHROME_PATH`,
  );
}
