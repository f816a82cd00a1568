import { join } from 'node:path';
import { serveDirectory } from '@headwise/test-browser';
import { chromium } from './lib/browsers/chromium.ts';
import { firefox } from './lib/browsers/firefox.ts';
import { webkit } from './lib/browsers/webkit.ts';
import { testEnvironment } from './lib/environment.ts';
import { openFolder } from './lib/page.ts';

for (const browser of [chromium, firefox, webkit]) {
  testEnvironment(`${browser.name}, packages of another origin`, {
    version: browser.version,
    missing: browser.missing,
    app: 'other-origin',
    async start({ path }) {
      const headers = { 'access-control-allow-origin': '*' };
      const packages = await serveDirectory(join(path, 'node_modules'), { headers });
      const page = `?packages=${packages.url}`;
      const app = await openFolder(path, {}, browser, page);
      return { ...app, close: () => app.close().then(() => packages.close()) };
    },
  });
}
