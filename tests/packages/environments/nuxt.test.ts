import { runCommand } from '../test/lib/run-command.ts';
import { testEnvironment } from './lib/environment.ts';
import { openPage } from './lib/page.ts';
import { freePort, post, startServer } from './lib/server.ts';

testEnvironment('Nuxt', {
  version: '4.5.2',
  app: 'nuxt',
  dependencies: { nuxt: '4.5.2' },
  places: ['page', 'server'],
  async start({ path }) {
    await runCommand(path, 'pnpm', ['exec', 'nuxt', 'build']);
    const port = await freePort();
    const env = { HOST: '127.0.0.1', PORT: String(port) };
    const server = await startServer(path, port, process.execPath, ['.output/server/index.mjs'], env);
    const page = await openPage(server.url, server.close);
    return {
      run: (task, input, place) =>
        place === 'page' ? page.run(task, input) : post(`${server.url}api/`, task, input),
      close: page.close,
    };
  },
});
