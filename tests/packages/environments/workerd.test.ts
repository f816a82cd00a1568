import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../test/lib/run-command.ts';
import { testEnvironment, WITHOUT_WORKERS } from './lib/environment.ts';
import { freePort, post, startServer } from './lib/server.ts';
import { workerdConfiguration } from './lib/workerd.ts';

const workerd = '1.20261117.1';
const wrangler = '4.164.0';

testEnvironment('workerd, bundled by esbuild', {
  version: workerd,
  app: 'workerd',
  dependencies: { esbuild: '0.28.2', workerd },
  tasks: WITHOUT_WORKERS,
  async start({ path }) {
    const options = [
      '--bundle',
      '--format=esm',
      '--conditions=workerd,worker,browser',
      '--loader:.wasm=copy',
    ];
    await runCommand(path, 'pnpm', ['exec', 'esbuild', 'worker.js', ...options, '--outdir=dist']);
    const port = await freePort();
    await writeFile(
      join(path, 'dist', 'config.capnp'),
      workerdConfiguration(await readdir(join(path, 'dist')), port),
    );
    const binary = 'node_modules/workerd/bin/workerd';
    const server = await startServer(path, port, binary, ['serve', 'dist/config.capnp']);
    return { run: (task, input) => post(server.url, task, input), close: server.close };
  },
});

testEnvironment('workerd, by Wrangler', {
  version: wrangler,
  app: 'workerd',
  dependencies: { wrangler },
  tasks: WITHOUT_WORKERS,
  async start({ path }) {
    const port = await freePort();
    const options = [
      '--port',
      String(port),
      '--compatibility-date',
      '2026-11-01',
      '--show-interactive-dev-session=false',
    ];
    const server = await startServer(path, port, 'pnpm', [
      'exec',
      'wrangler',
      'dev',
      'worker.js',
      ...options,
    ]);
    return { run: (task, input) => post(server.url, task, input), close: server.close };
  },
});
