import { ConfigError } from '../errors.ts';
import { cacheStorageCache } from './browser-cache.ts';
import type { Platform } from './types.ts';

/** Browsers and runtimes with the same APIs. */
export const platform: Platform = {
  openDirectory(location) {
    throw new ConfigError(
      `source: ${JSON.stringify(String(location))} is a directory, which browsers cannot read; ` +
        "expected a URL, a hub id such as 'org/name', or a map of files",
    );
  },

  openCache(location = 'headwise') {
    // The Cache API exists only in secure contexts.
    return typeof caches === 'undefined' ? undefined : cacheStorageCache(caches, location);
  },

  mayAddHeaders(url) {
    return typeof location !== 'undefined' && location.origin === url.origin;
  },
};
