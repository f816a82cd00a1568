import { join } from 'node:path';
import { runCommand } from '../test/lib/run-command.ts';
import { editFile, testEnvironment } from './lib/environment.ts';
import { openPage } from './lib/page.ts';
import { freePort, post, startServer } from './lib/server.ts';

for (const bundler of ['Turbopack', 'webpack']) {
  testEnvironment(`Next 16 (${bundler})`, {
    app: 'next',
    dependencies: { next: '16.4.6', react: '19.3.1', 'react-dom': '19.3.1' },
    places: ['page', 'route handler'],
    async start({ path }) {
      // Next's webpack writes the worker of a route handler, but under the address that pages have it at. The error names this line.
      if (bundler === 'webpack')
        await editFile(join(path, 'app', 'api', '[task]', 'route.js'), (code) =>
          `import { workerUrl } from '@headwise/worker/inline';\n${code}`.replace(
            'await request.json()',
            "{ ...(await request.json()), ...(task.endsWith('Workers') && { options: { workerUrl } }) }",
          ),
        );
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
