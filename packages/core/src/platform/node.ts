import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { directoryCache } from './node-cache.ts';
import { nodeDirectory } from './node-directory.ts';
import type { Platform } from './types.ts';

/** Node, and runtimes that offer what Node does. */
export const platform: Platform = {
  openDirectory: nodeDirectory,

  openCache(location) {
    return directoryCache(location ?? defaultCacheDirectory());
  },

  mayAddHeaders() {
    return true;
  },
};

/** Where the system wants caches to be, unless `HEADWISE_CACHE` says otherwise. */
export function defaultCacheDirectory(
  env: Readonly<Record<string, string | undefined>> = process.env,
  system: string = process.platform,
): string {
  if (env.HEADWISE_CACHE) return env.HEADWISE_CACHE;
  if (system === 'darwin') return join(homedir(), 'Library', 'Caches', 'headwise');
  if (system === 'win32') return join(env.LOCALAPPDATA || join(homedir(), 'AppData', 'Local'), 'headwise');
  // The XDG specification has relative paths ignored.
  const xdg = env.XDG_CACHE_HOME;
  return join(xdg && isAbsolute(xdg) ? xdg : join(homedir(), '.cache'), 'headwise');
}
