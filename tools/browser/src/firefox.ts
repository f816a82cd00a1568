import { existsSync } from 'node:fs';

const INSTALL_PATHS = [
  '/usr/bin/firefox-esr',
  '/usr/bin/firefox',
  '/snap/bin/firefox',
  '/Applications/Firefox.app/Contents/MacOS/firefox',
  'C:\\Program Files\\Mozilla Firefox\\firefox.exe',
];

/**
 * Finds a Firefox: FIREFOX_PATH, else an installed one.
 *
 * @throws Error when none is found; the message states what to install.
 */
export function findFirefox(): string {
  const path = process.env.FIREFOX_PATH;
  if (path) {
    if (!existsSync(path)) throw new Error(`FIREFOX_PATH is ${path}, which does not exist`);
    return path;
  }
  const installed = INSTALL_PATHS.find((candidate) => existsSync(candidate));
  if (installed) return installed;
  throw new Error('no Firefox found: install it (Debian: apt-get install firefox-esr), or set FIREFOX_PATH');
}

/**
 * {@link findFirefox} for tests that run in Chromium too: without one they are left out, with a message; in continuous integration (CI is set) that is a
 * failure.
 *
 * @returns undefined if there is none
 * @throws Error when FIREFOX_PATH does not exist, and in continuous integration when there is none
 */
export function findFirefoxIfAny(): string | undefined {
  try {
    return findFirefox();
  } catch (error) {
    if (process.env.CI || process.env.FIREFOX_PATH) throw error;
    console.error(`\n!! ${(error as Error).message}\n!! The tests in Firefox are left out.\n`);
    return undefined;
  }
}
