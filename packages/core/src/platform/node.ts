import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { directoryCache } from './node-cache.ts';
import { nodeDirectory } from './node-directory.ts';
import { followRedirects } from './node-redirects.ts';
import type { Platform } from './types.ts';

/** Node and runtimes with the same APIs. */
export const platform: Platform = {
  openDirectory: nodeDirectory,

  openCache(location, options) {
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
