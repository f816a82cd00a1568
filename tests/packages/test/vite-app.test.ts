import { copyFile, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type StaticServer, serveDirectory } from '@headwise/test-browser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDevServer } from './lib/dev-server.ts';
import { expectEmbeddings, strictHeaders } from './lib/page.ts';
import { installTarballs, temporaryDirectory } from './lib/project.ts';
import { modelDirectory } from './lib/reference.ts';
import { runCommand } from './lib/run-command.ts';

let project: Awaited<ReturnType<typeof temporaryDirectory>>;
let app: string;

/** Pins the template's dev dependencies to the versions installed in this workspace. */
async function useInstalledVersions(manifestFile: string): Promise<void> {
  const ours = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
  const manifest = JSON.parse(await readFile(manifestFile, 'utf8'));
  for (const name of Object.keys(manifest.devDependencies)) {
    expect(Object.keys(ours.devDependencies), `the template needs ${name}`).toContain(name);
    const installed = new URL(`../node_modules/${name}/package.json`, import.meta.url);
    manifest.devDependencies[name] = JSON.parse(await readFile(installed, 'utf8')).version;
  }
  await writeFile(manifestFile, JSON.stringify(manifest, null, 2));
}

beforeAll(async () => {
  project = await temporaryDirectory();
  const createVite = join(
    dirname(fileURLToPath(import.meta.resolve('create-vite/package.json'))),
    'index.js',
  );
  const options = ['app', '--template', 'vanilla-ts', '--no-interactive'];
  await runCommand(project.path, process.execPath, [createVite, ...options]);
  app = join(project.path, 'app');
  await useInstalledVersions(join(app, 'package.json'));
  await copyFile(new URL('./apps/vite-main.ts', import.meta.url), join(app, 'src', 'main.ts'));
  await installTarballs(app);
});

afterAll(() => project.remove());

describe('the build of a create-vite app without bundler configuration, under a strict content security policy', () => {
  let server: StaticServer;

  beforeAll(async () => {
    await runCommand(app, 'pnpm', ['run', 'build']);
    server = await serveDirectory(join(app, 'dist'), {
      headers: strictHeaders,
      mounts: { '/weights/': modelDirectory },
    });
  });

  afterAll(() => server?.close());

  test('embeds sentences on the main thread', () => expectEmbeddings(server.url, 0));

  test('embeds sentences on two workers without special headers', () => expectEmbeddings(server.url, 2));
});

describe('the development server of the same app', () => {
  let server: Awaited<ReturnType<typeof startDevServer>>;

  beforeAll(async () => {
    await symlink(modelDirectory, join(app, 'public', 'weights'));
    server = await startDevServer(app);
  });

  afterAll(() => server?.stop());

  test('embeds sentences on the main thread', () => expectEmbeddings(server.url, 0));

  test('embeds sentences on two workers', () => expectEmbeddings(server.url, 2));
});
