import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runCommand } from '../test/lib/run-command.ts';
import { chromium, chromiumWith, openExtension } from './lib/browsers/chromium.ts';
import { firefox } from './lib/browsers/firefox.ts';
import { webkit } from './lib/browsers/webkit.ts';
import { testEnvironment, WITHOUT_WORKERS } from './lib/environment.ts';
import { openFolder, openPage, pageApp } from './lib/page.ts';

const esbuild = '0.28.2';

for (const browser of [chromium, firefox, webkit]) {
  testEnvironment(`${browser.name}, HTML with an import map`, {
    version: browser.version,
    missing: browser.missing,
    app: 'import-map',
    start: ({ path }) => openFolder(path, {}, browser),
  });
}

for (const browser of [chromium, firefox, webkit]) {
  testEnvironment(`${browser.name}, a sandboxed frame`, {
    version: browser.version,
    missing: browser.missing,
    app: 'sandboxed-frame',
    dependencies: { esbuild },
    async start({ path }) {
      const args = ['main.js', '--bundle', '--format=iife', '--outdir=dist'];
      await runCommand(path, 'pnpm', ['exec', 'esbuild', ...args]);
      for (const file of ['index.html', 'frame.html'])
        await copyFile(join(path, file), join(path, 'dist', file));
      return openFolder(join(path, 'dist'), {}, browser);
    },
  });
}

testEnvironment('Chromium, a page of a file (file:)', {
  version: chromium.version,
  app: 'embedded-worker',
  dependencies: { esbuild },
  async start({ path }) {
    await runCommand(path, 'pnpm', [
      'exec',
      'esbuild',
      'main.js',
      '--bundle',
      '--format=iife',
      '--outdir=dist',
    ]);
    const page = join(path, 'dist', 'index.html');
    await writeFile(
      page,
      '<!doctype html><meta charset="utf-8" /><title>App</title><script src="main.js"></script>\n',
    );
    return openPage(pathToFileURL(page).href);
  },
});

testEnvironment('Chromium, a page of a file that may read files (as in Electron)', {
  version: chromium.version,
  app: 'plain',
  dependencies: { vite: '8.3.8' },
  async start({ path }) {
    await writeFile(
      join(path, 'index.html'),
      '<!doctype html><meta charset="utf-8" /><title>App</title><script type="module" src="main.js"></script>\n',
    );
    await runCommand(path, 'pnpm', ['exec', 'vite', 'build', '--base=./']);
    const { href } = pathToFileURL(join(path, 'dist', 'index.html'));
    return openPage(href, undefined, chromiumWith('--allow-file-access-from-files'));
  },
});

/** Bundles a page and a service worker to `dist`. */
async function bundle(path: string): Promise<string> {
  const args = ['main.js', 'sw.js', '--bundle', '--splitting', '--format=esm', '--outdir=dist'];
  await runCommand(path, 'pnpm', ['exec', 'esbuild', ...args]);
  const directory = join(path, 'dist');
  await copyFile(join(path, 'index.html'), join(directory, 'index.html'));
  return directory;
}

for (const browser of [chromium, firefox, webkit]) {
  testEnvironment(`${browser.name}, a service worker`, {
    version: browser.version,
    missing: browser.missing,
    app: 'service-worker',
    dependencies: { esbuild },
    tasks: WITHOUT_WORKERS,
    start: async ({ path }) => openFolder(await bundle(path), {}, browser),
  });
}

const manifest = {
  manifest_version: 3,
  name: 'App',
  version: '1.0',
  background: { service_worker: 'sw.js', type: 'module' },
  // The default policy of extensions, and the line that every WebAssembly needs.
  content_security_policy: { extension_pages: "script-src 'self' 'wasm-unsafe-eval'; object-src 'self'" },
  host_permissions: ['http://127.0.0.1/*'],
};

/** An extension's folder of what was bundled. */
async function openBundled(directory: string) {
  await writeFile(join(directory, 'manifest.json'), JSON.stringify(manifest));
  return pageApp(await openExtension(directory, 'index.html'), async () => {});
}

testEnvironment('an extension (Manifest V3), its page', {
  version: chromium.version,
  app: 'extension-page',
  dependencies: { esbuild },
  async start({ path }) {
    const directory = await bundle(path);
    await copyFile(
      join(path, 'node_modules/@headwise/worker/dist/bundle/worker.js'),
      join(directory, 'worker.js'),
    );
    return openBundled(directory);
  },
});

testEnvironment('an extension (Manifest V3), its service worker', {
  version: chromium.version,
  app: 'service-worker',
  dependencies: { esbuild },
  tasks: WITHOUT_WORKERS,
  start: async ({ path }) => openBundled(await bundle(path)),
});
