import { runCommand } from '../test/lib/run-command.ts';
import { testEnvironment } from './lib/environment.ts';
import { openPage } from './lib/page.ts';
import { freePort, post, startServer } from './lib/server.ts';

for (const bundler of ['Turbopack', 'webpack']) {
  testEnvironment(`Next 16 (${bundler})`, {
    app: 'next',
    dependencies: { next: '16.4.6', react: '19.3.1', 'react-dom': '19.3.1' },
    // Next's webpack writes the worker of a route handler, but under the address that pages have it at.
    places: bundler === 'webpack' ? ['page'] : ['page', 'route handler'],
    async start({ path }) {
      const env = { ...process.env, NODE_ENV: 'production' as const, NEXT_TELEMETRY_DISABLED: '1' };
      const args = ['exec', 'next', 'build', ...(bundler === 'webpack' ? ['--webpack'] : [])];
      await runCommand(path, 'pnpm', args, env);
      const port = await freePort();
      const server = await startServer(path, port, 'pnpm', ['exec', 'next', 'start', '-p', String(port)]);
      const page = await openPage(server.url, server.close);
      return {
        run: (task, input, place) =>
          place === 'page' ? page.run(task, input) : post(`${server.url}api/`, task, input),
        close: page.close,
      };
    },
  });
}
