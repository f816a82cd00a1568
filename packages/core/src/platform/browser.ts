import { ConfigError } from '../errors.ts';
import { cacheStorageCache } from './browser-cache.ts';
import type { Platform } from './types.ts';

/** Headers without secrets, and the one that browsers do not send to other origins after a redirect. */
const SAFE_HEADERS = /^(?:authorization|accept|accept-language)$/i;

/** Browsers and runtimes with the same APIs. */
export const platform: Platform = {
  openDirectory(location) {
    throw new ConfigError(
      `source: ${JSON.stringify(String(location))} is a directory, which browsers cannot read; ` +
        "expected a URL, a hub id such as 'org/name', or a map of files",
    );
  },

  openCache(location = 'headwise', options) {
    // The Cache API exists only in secure contexts.
    let storage: CacheStorage | undefined;
    try {
      storage = globalThis.caches;
    } catch {
      // A frame that is sandboxed without `allow-same-origin` may not read it.
    }
    return storage && cacheStorageCache(storage, location, options);
  },

  async send({ fetch, url, init, headers, callerHeaders }) {
    // Browsers follow redirects by themselves. They leave Authorization out on other origins, but send the rest along.
    const names = Object.keys(callerHeaders).filter((name) => !SAFE_HEADERS.test(name));
    const redirect = names.length > 0 ? 'manual' : 'follow';
    const response = await fetch(url, { ...init, headers: { ...callerHeaders, ...headers }, redirect });
    if (response.type !== 'opaqueredirect') return response;
    throw new ConfigError(
      `headers: ${url.origin}${url.pathname} redirects, and a browser would send ${names.join(', ')} to any server; ` +
        'send the secret as Authorization, which browsers keep from other origins, or load from that address',
    );
  },

  mayAddHeaders(url) {
    return typeof location !== 'undefined' && location.origin === url.origin;
  },
};
