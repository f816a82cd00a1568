import { type Browser, chromium } from 'playwright-core';
import { findBrowser } from './find.ts';

/**
 * Starts a headless Chromium with its ordinary security (cross-origin rules stay on, SharedArrayBuffer stays off), save
 * for the process sandbox, which neither root nor most containers can have.
 */
export async function launchBrowser(): Promise<Browser> {
  const { executablePath, env } = await findBrowser();
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--font-render-hinting=none'],
    env: { ...definedEnvironment(), ...env },
  });
}

function definedEnvironment(): Record<string, string> {
  const entries = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return Object.fromEntries(entries);
}
