import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../test/lib/run-command.ts';
import { testEnvironment, WITHOUT_WORKERS } from './lib/environment.ts';
import { openFolder } from './lib/page.ts';

testEnvironment('HTML with an import map', {
  app: 'import-map',
  start: ({ path }) => openFolder(path),
});

testEnvironment('a service worker, bundled by esbuild', {
  app: 'service-worker',
  dependencies: { esbuild: '0.28.2' },
  tasks: WITHOUT_WORKERS,
  async start({ path }) {
    const args = ['main.js', 'sw.js', '--bundle', '--splitting', '--format=esm', '--outdir=dist'];
    await runCommand(path, 'pnpm', ['exec', 'esbuild', ...args]);
    await copyFile(join(path, 'index.html'), join(path, 'dist', 'index.html'));
    return openFolder(join(path, 'dist'));
  },
});
