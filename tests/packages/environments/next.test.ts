import { expect, test } from 'vitest';
import { runCommand } from '../test/lib/run-command.ts';
import { testEnvironment } from './lib/environment.ts';
import { openPage } from './lib/page.ts';
import { freePort, post, startServer } from './lib/server.ts';

const next = '16.4.6';

for (const bundler of ['Turbopack', 'webpack'] as const) {
  const isWebpack = bundler === 'webpack';
  testEnvironment(`Next (${bundler})`, {
    version: next,
    app: 'next',
    dependencies: { next, react: '19.3.1', 'react-dom': '19.3.1' },
    places: ['page', 'route handler'],
    async start({ path }) {
      const env = { ...process.env, NODE_ENV: 'production' as const, NEXT_TELEMETRY_DISABLED: '1' };
      const args = ['exec', 'next', 'build', ...(isWebpack ? ['--webpack'] : [])];
      await runCommand(path, 'pnpm', args, env);
      const port = await freePort();
      const server = await startServer(path, port, 'pnpm', ['exec', 'next', 'start', '-p', String(port)]);
      const page = await openPage(server.url, server.close);
      return {
        run: (task, input, place) =>
          place === 'page'
            ? page.run(task, input)
            : // Next's webpack writes the worker of a route handler, but under the address that pages have it at.
              post(`${server.url}api/`, task, { embedsWorker: isWebpack, ...input }),
        close: page.close,
      };
    },
    ...(isWebpack && {
      also: (run) =>
        test('a route handler is told the line to add for workers', async () => {
          const input = { embedsWorker: false, prompt: [1], maxNewTokens: 1 };
          await expect(run('generateOverWorkers', input, 'route handler')).rejects.toThrow(
            "import { workerUrl } from '@headwise/worker/inline' and pass the option { workerUrl }",
          );
        }),
    }),
  });
}
