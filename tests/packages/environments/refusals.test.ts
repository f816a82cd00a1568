import { copyFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StaticServer } from '@headwise/test-browser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { weightsFile } from '../test/lib/reference.ts';
import { runCommand } from '../test/lib/run-command.ts';
import { chromium, openExtension } from './lib/browsers/chromium.ts';
import { firefox } from './lib/browsers/firefox.ts';
import { webkit } from './lib/browsers/webkit.ts';
import { createApp, type OpenApp, type Task } from './lib/environment.ts';
import { serveModels } from './lib/models.ts';
import { openFolder, pageApp } from './lib/page.ts';
import { freePort, post, startServer } from './lib/server.ts';
import { workerdConfiguration } from './lib/workerd.ts';

// Where a platform forbids something, the error names what to add.

const esbuild = '0.28.2';

let models: StaticServer;

beforeAll(async () => {
  models = await serveModels();
});

afterAll(() => models?.close());

const input = () => ({
  models: models.url,
  weightsFile,
  texts: ['A sentence.'],
  prompt: [1],
  maxNewTokens: 1,
});

/** Expects tasks to be refused with the line, and closes the app. */
async function expectRefusals(app: OpenApp, tasks: readonly Task[], line: string): Promise<void> {
  try {
    for (const task of tasks) {
      const error = await app.run(task, input()).catch((error: Error) => error);
      expect(String(error), task).toContain(line);
    }
  } finally {
    await app.close();
  }
}

describe.each([chromium, firefox, webkit].filter(({ missing }) => !missing))('$name', (browser) => {
  let path: string;
  let remove: () => Promise<void>;

  beforeAll(async () => {
    ({ path, remove } = await createApp({ app: 'split-service-worker', dependencies: { esbuild } }));
    const args = ['main.js', 'sw.js', 'tasks.js', '--bundle', '--splitting', '--format=esm', '--outdir=dist'];
    await runCommand(path, 'pnpm', ['exec', 'esbuild', ...args]);
    await copyFile(join(path, 'index.html'), join(path, 'dist', 'index.html'));
    await writeFile(join(path, 'dist', 'page.html'), pageHtml);
    await writeFile(join(path, 'dist', 'page.js'), pageScript);
  });

  afterAll(() => remove?.());

  const open = (page = '', headers = {}) => openFolder(join(path, 'dist'), headers, browser, page);

  test('a service worker whose bundler splits the app is told of the single file', async () => {
    await expectRefusals(await open(), ['embed', 'generate'], "import from '@headwise/core/bundle'");
  });

  test('a page whose policy forbids WebAssembly is told what to add to it', async () => {
    const headers = { 'content-security-policy': "default-src 'self'; connect-src *" };
    await expectRefusals(
      await open('page.html', headers),
      ['embed', 'generate'],
      "Add 'wasm-unsafe-eval' to script-src",
    );
  });
});

const pageHtml =
  '<!doctype html><meta charset="utf-8" /><title>App</title><script type="module" src="page.js"></script>\n';
const pageScript = `import { tasks } from './tasks.js';
window.run = (task, input) => tasks[task](input);
`;

test('an extension (Manifest V3) without a policy is told the line of its manifest', async () => {
  const { path, remove } = await createApp({ app: 'extension-page', dependencies: { esbuild } });
  const args = ['main.js', 'sw.js', '--bundle', '--splitting', '--format=esm', '--outdir=dist'];
  await runCommand(path, 'pnpm', ['exec', 'esbuild', ...args]);
  await copyFile(join(path, 'index.html'), join(path, 'dist', 'index.html'));
  const manifest = {
    manifest_version: 3,
    name: 'App',
    version: '1.0',
    host_permissions: ['http://127.0.0.1/*'],
  };
  await writeFile(join(path, 'dist', 'manifest.json'), JSON.stringify(manifest));
  const app = await pageApp(await openExtension(join(path, 'dist'), 'index.html'), remove);
  await expectRefusals(
    app,
    ['embed', 'generate'],
    `"content_security_policy": { "extension_pages": "script-src 'self' 'wasm-unsafe-eval'; object-src 'self'" }`,
  );
});

test('an app for workerd that was bundled without its condition is told the line', async () => {
  const { path, remove } = await createApp({
    app: 'workerd',
    dependencies: { esbuild, workerd: '1.20261117.1' },
  });
  await runCommand(path, 'pnpm', [
    'exec',
    'esbuild',
    'worker.js',
    '--bundle',
    '--format=esm',
    '--outdir=dist',
  ]);
  const port = await freePort();
  const configuration = workerdConfiguration(await readdir(join(path, 'dist')), port);
  await writeFile(join(path, 'dist', 'config.capnp'), configuration);
  const args = ['serve', 'dist/config.capnp'];
  const server = await startServer(path, port, 'node_modules/workerd/bin/workerd', args);
  const app: OpenApp = {
    run: (task, input) => post(server.url, task, input),
    close: () => server.close().then(remove),
  };
  await expectRefusals(app, ['embed', 'generate'], '--conditions=workerd,worker,browser --loader:.wasm=copy');
});

test('HTML with an import map but without the script of workers is told the line', async () => {
  const { path, remove } = await createApp({ app: 'import-map' });
  await rm(join(path, 'node_modules/@headwise/worker/dist/bundle/worker.js'));
  const app = await openFolder(path);
  const close = () => app.close().then(remove);
  await expectRefusals(
    { ...app, close },
    ['embedOverWorkers'],
    "import { workerUrl } from '@headwise/worker/inline' and pass the option { workerUrl }",
  );
});
