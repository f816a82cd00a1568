// Lets the page open offline after the first visit. The build fills in the version and the names of its files, which never change under
// one name; the page itself comes from the network where there is one. The weights of large models are in core's own cache.

const CACHE = `headwise-page-${'VERSION'}`;
const FILES = ['FILES'];

/** Fonts, sounds, and the script of a split model's workers, are kept when they are first asked for. */
const KEPT = /\.(?:woff2|wav)$|\/worker-[^/]*\.js$/;

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll(FILES))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener('activate', (event) => {
  const removeOld = async () => {
    const names = await caches.keys();
    const old = names.filter((name) => name.startsWith('headwise-page-') && name !== CACHE);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(removeOld());
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (request.mode === 'navigate') event.respondWith(fromNetwork(request));
  else if (!url.pathname.includes('/models/')) event.respondWith(fromCache(request, url));
});

/** The page: from the network, and from the cache where there is none. */
async function fromNetwork(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const page = await caches.match('./', { cacheName: CACHE });
    if (page) return page;
    throw error;
  }
}

/** A file of the build. */
async function fromCache(request, url) {
  const cached = await caches.match(request, { cacheName: CACHE });
  if (cached) return cached;
  const response = await fetch(request);
  if (response.ok && KEPT.test(url.pathname)) {
    const cache = await caches.open(CACHE);
    await cache.put(request, response.clone());
  }
  return response;
}
