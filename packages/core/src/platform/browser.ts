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
    // The Cache API exists only in secure contexts. A frame that is sandboxed without `allow-same-origin` has no origin and may not use it: Chromium
    // refuses to read it, Firefox to open it. Pages of files have none either, but a cache.
    let storage: CacheStorage | undefined;
    try {
      const { origin, location: page } = globalThis;
      if (origin !== 'null' || page.protocol === 'file:') storage = globalThis.caches;
    } catch {
      // As if there were none.
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
