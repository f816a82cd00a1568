import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCommand } from '../test/lib/run-command.ts';
import { createApp, testEnvironment } from './lib/environment.ts';
import { serveModels } from './lib/models.ts';
import { openFolder } from './lib/page.ts';

const versions = {
  esbuild: '0.28.2',
  parcel: '2.16.4',
  rollup: '4.68.8',
  vite: '8.3.8',
  webpack: '5.112.2',
};
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
