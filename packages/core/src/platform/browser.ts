import { ConfigError } from '../errors.ts';
import { cacheStorageCache } from './browser-cache.ts';
import type { Platform } from './types.ts';

/** Browsers, and runtimes that offer what browsers do. */
export const platform: Platform = {
  openDirectory(location) {
    throw new ConfigError(
      `loadModel: ${JSON.stringify(String(location))} is a directory, which cannot be read here; ` +
        "expected a URL, a hub id such as 'org/name', or the files themselves",
    );
  },

  openCache(location = 'headwise') {
    // Pages that were not served securely have no Cache API.
    return typeof caches === 'undefined' ? undefined : cacheStorageCache(caches, location);
  },

  mayAddHeaders(url) {
    return typeof location !== 'undefined' && location.origin === url.origin;
  },
};
