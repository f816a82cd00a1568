import { existsSync } from 'node:fs';
import { type BrowserProgram, unpackChromium } from './unpack-chromium.ts';

const INSTALL_PATHS: Partial<Record<NodeJS.Platform, readonly string[]>> = {
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
 * Finds a Chromium: CHROME_PATH, else an installed one, else the one of @sparticuz/chromium (Linux x64 only).
 *
 * @throws Error when none is found; the message states what to install.
 */
export async function findBrowser(): Promise<BrowserProgram> {
  const path = process.env.CHROME_PATH;
  if (path) {
    if (!existsSync(path)) throw new Error(`CHROME_PATH is ${path}, which does not exist`);
    return { executablePath: path, env: {} };
  }
  const installed = INSTALL_PATHS[process.platform]?.find((path) => existsSync(path));
  if (installed) return { executablePath: installed, env: {} };
  if (process.platform === 'linux' && process.arch === 'x64') return unpackChromium();
  throw new Error(
    `no Chromium found on ${process.platform}-${process.arch}: install Chromium or Chrome, or set CHROME_PATH`,
  );
}
