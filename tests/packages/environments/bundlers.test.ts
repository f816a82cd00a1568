import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runtimes } from '../runtimes/runtimes.ts';
import { runCommand } from '../test/lib/run-command.ts';
import { createApp, type OpenApp, testEnvironment } from './lib/environment.ts';
import { serveModels } from './lib/models.ts';
import { openFolder, openPage } from './lib/page.ts';
import { freePort, startServer } from './lib/server.ts';

const versions = {
  esbuild: '0.28.2',
  parcel: '2.16.4',
  rolldown: '1.2.19',
  rollup: '4.68.8',
  rspack: '2.2.8',
  vite: '8.3.8',
  webpack: '5.112.2',
};
const bun = runtimes.find(({ name }) => name === 'Bun')!;
const olderVites = ['7.3.8', '5.4.9'] as const;
const html =
  '<!doctype html><meta charset="utf-8" /><title>App</title><script type="module" src="main.js"></script>\n';

for (const splitting of [false, true]) {
  testEnvironment(`esbuild ${splitting ? 'with' : 'without'} splitting`, {
    app: 'embedded-worker',
    version: versions.esbuild,
    dependencies: { esbuild: versions.esbuild },
    async start({ path }) {
      const args = [
        'main.js',
        '--bundle',
        '--format=esm',
        '--outdir=dist',
        ...(splitting ? ['--splitting'] : []),
      ];
      await runCommand(path, 'pnpm', ['exec', 'esbuild', ...args]);
      await writeFile(join(path, 'dist', 'index.html'), html);
      return openFolder(join(path, 'dist'));
    },
  });
}

testEnvironment('Vite', {
  version: versions.vite,
  app: 'plain',
  dependencies: { vite: versions.vite },
  async start({ path }) {
    await writeFile(join(path, 'index.html'), html);
    await runCommand(path, 'pnpm', ['exec', 'vite', 'build']);
    return openFolder(join(path, 'dist'));
  },
});

testEnvironment('webpack', {
  version: versions.webpack,
  app: 'plain',
  dependencies: { webpack: versions.webpack, 'webpack-cli': '7.3.1' },
  async start({ path }) {
    await runCommand(path, 'pnpm', ['exec', 'webpack', './main.js', '--mode=production']);
    await writeFile(join(path, 'dist', 'index.html'), html);
    return openFolder(join(path, 'dist'));
  },
});

testEnvironment('Rspack', {
  version: versions.rspack,
  app: 'plain',
  dependencies: { '@rspack/core': versions.rspack, '@rspack/cli': versions.rspack },
  async start({ path }) {
    await runCommand(path, 'pnpm', ['exec', 'rspack', 'build', '--entry', './main.js']);
    await writeFile(join(path, 'dist', 'index.html'), html);
    return openFolder(join(path, 'dist'));
  },
});

testEnvironment('Rolldown', {
  version: versions.rolldown,
  app: 'embedded-worker',
  dependencies: { rolldown: versions.rolldown },
  async start({ path }) {
    await runCommand(path, 'pnpm', ['exec', 'rolldown', 'main.js', '--dir', 'dist', '--platform', 'browser']);
    await writeFile(join(path, 'dist', 'index.html'), html);
    return openFolder(join(path, 'dist'));
  },
});

testEnvironment('bun build', {
  version: bun.version,
  app: 'embedded-worker',
  async start({ path }) {
    await runCommand(path, bun.path, ['build', 'main.js', '--target=browser', '--outdir=dist']);
    await writeFile(join(path, 'dist', 'index.html'), html);
    return openFolder(join(path, 'dist'));
  },
});

/** Starts the development server of Vite and opens its page. */
async function openDevelopment(path: string, configuration: object): Promise<OpenApp> {
  await writeFile(join(path, 'index.html'), html);
  await writeFile(join(path, 'vite.config.js'), `export default ${JSON.stringify(configuration)};\n`);
  const port = await freePort();
  const args = ['exec', 'vite', '--host', '127.0.0.1', '--port', String(port), '--strictPort'];
  const server = await startServer(path, port, 'pnpm', args);
  return openPage(server.url, server.close);
}

// Before version 8 packages are bundled beforehand without their workers, unless the configuration says otherwise.
const withWorkers = { optimizeDeps: { exclude: ['@headwise/worker'] } };

for (const [version, configuration] of [
  [versions.vite, {}],
  [olderVites[0], withWorkers],
  [olderVites[1], withWorkers],
] as const) {
  testEnvironment(`Vite ${version.split('.')[0]}, development server`, {
    version,
    app: 'plain',
    dependencies: { vite: version },
    start: ({ path }) => openDevelopment(path, configuration),
  });
}

test('the development server of Vite before 8 is told the line to add', async () => {
  const { path, remove } = await createApp({ app: 'plain', dependencies: { vite: olderVites[0] } });
  const models = await serveModels();
  const page = await openDevelopment(path, {});
  const input = { models: models.url, prompt: [1], maxNewTokens: 1 };
  await expect(page.run('generateOverWorkers', input)).rejects.toThrow(
    "add optimizeDeps: { exclude: ['@headwise/worker'] }",
  );
  await page.close();
  await models.close();
  await remove();
});

testEnvironment('Rollup', {
  version: versions.rollup,
  app: 'embedded-worker',
  dependencies: {
    rollup: versions.rollup,
    '@rollup/plugin-node-resolve': '16.0.3',
  },
  async start({ path }) {
    const args = [
      'main.js',
      '--dir',
      'dist',
      '--plugin',
      'node-resolve={browser:true}',
      '--failAfterWarnings',
    ];
    await runCommand(path, 'pnpm', ['exec', 'rollup', ...args]);
    await writeFile(join(path, 'dist', 'index.html'), html);
    return openFolder(join(path, 'dist'));
  },
});

testEnvironment('Parcel', {
  version: versions.parcel,
  app: 'parcel',
  manifest: { source: 'index.html', browserslist: 'supports es6-module' },
  dependencies: { parcel: versions.parcel },
  async start({ path }) {
    await runCommand(path, 'pnpm', ['exec', 'parcel', 'build', '--no-cache']);
    return openFolder(join(path, 'dist'));
  },
});

testEnvironment('esbuild with a copied worker script', {
  version: versions.esbuild,
  app: 'copied-worker',
  dependencies: { esbuild: versions.esbuild },
  async start({ path }) {
    await runCommand(path, 'pnpm', [
      'exec',
      'esbuild',
      'main.js',
      '--bundle',
      '--format=iife',
      '--outdir=dist',
    ]);
    await copyFile(
      join(path, 'node_modules/@headwise/worker/dist/bundle/worker.js'),
      join(path, 'dist', 'worker.js'),
    );
    await writeFile(join(path, 'dist', 'index.html'), html);
    const headers = { 'content-security-policy': "default-src 'self' 'wasm-unsafe-eval'; connect-src *" };
    return openFolder(join(path, 'dist'), headers);
  },
});

describe('an app whose bundler did not write the worker', () => {
  test.each(['esm', 'iife'])('is told the line to add (esbuild, %s)', async (format) => {
    const project = await createApp({ app: 'plain', dependencies: { esbuild: versions.esbuild } });
    const { path } = project;
    await runCommand(path, 'pnpm', [
      'exec',
      'esbuild',
      'main.js',
      '--bundle',
      `--format=${format}`,
      '--outdir=dist',
    ]);
    await writeFile(join(path, 'dist', 'index.html'), html);
    const models = await serveModels();
    const page = await openFolder(join(path, 'dist'));
    const input = { models: models.url, prompt: [1], maxNewTokens: 1 };
    await expect(page.run('generateOverWorkers', input)).rejects.toThrow(
      "import { workerUrl } from '@headwise/worker/inline' and pass the option { workerUrl }",
    );
    await page.close();
    await models.close();
    await project.remove();
  });
});
