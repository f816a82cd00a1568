let isDone = false;

/**
 * Fetches what only later visits and rare characters need: to be called when the page shows something and fetches nothing. Browsers without service workers,
 * and pages that are not secure, do without.
 */
export function fetchRest(): void {
  if (isDone) return;
  isDone = true;
  // Characters that the page's own texts do not have: 124 files, of which the browser fetches those that it needs.
  void import('@fontsource-variable/noto-sans-kr');
  // Opens the page offline from the second visit on.
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  navigator.serviceWorker
    .register(new URL('service-worker.js', document.baseURI))
    .catch((error: unknown) => console.info('no offline page:', error));
}
