import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { platform as browser } from './browser.ts';
import { directoryCache } from './node-cache.ts';
import { nodeDirectory } from './node-directory.ts';
import { followRedirects } from './node-redirects.ts';
import type { Platform } from './types.ts';

/** Node and runtimes with the same APIs. */
export const platform: Platform = {
  openDirectory: nodeDirectory,

  openCache(location, options) {
    if (location === undefined && !mayUseDirectory()) return browser.openCache(undefined, options);
    return directoryCache(location ?? defaultCacheDirectory(), options);
  },

  send: followRedirects,

  mayAddHeaders() {
    return true;
  },
};

/** `HEADWISE_CACHE`, else the system's directory for caches. */
export function defaultCacheDirectory(
  env: Readonly<Record<string, string | undefined>> = process.env,
  system: string = process.platform,
): string {
  if (env.HEADWISE_CACHE) return env.HEADWISE_CACHE;
  if (system === 'darwin') return join(homedir(), 'Library', 'Caches', 'headwise');
  if (system === 'win32') return join(env.LOCALAPPDATA || join(homedir(), 'AppData', 'Local'), 'headwise');
  // Relative paths are ignored, as the XDG specification requires.
  const xdg = env.XDG_CACHE_HOME;
  return join(xdg && isAbsolute(xdg) ? xdg : join(homedir(), '.cache'), 'headwise');
}

type Permission =
  | { readonly name: 'env'; readonly variable: string }
  | { readonly name: 'sys'; readonly kind: 'homedir' }
  | { readonly name: 'read' | 'write'; readonly path: string };

/**
 * Whether the default directory of the cache may be used. Deno denies a program what it was not started with, or asks its user: without these permissions
 * files are cached in Deno's Cache API, which needs none.
 */
function mayUseDirectory(): boolean {
  const { Deno: deno } = globalThis as {
    Deno?: { permissions: { querySync(permission: Permission): { state: string } } };
  };
  if (!deno) return true;
  const isGranted = (permission: Permission) => deno.permissions.querySync(permission).state === 'granted';
  if (!isGranted({ name: 'env', variable: 'HEADWISE_CACHE' })) return false;
  const isNamed = Boolean(process.env.HEADWISE_CACHE);
  const variable = process.platform === 'win32' ? 'LOCALAPPDATA' : 'XDG_CACHE_HOME';
  if (!isNamed && !(isGranted({ name: 'env', variable }) && isGranted({ name: 'sys', kind: 'homedir' })))
    return false;
  const path = defaultCacheDirectory();
  return isGranted({ name: 'read', path }) && isGranted({ name: 'write', path });
}
