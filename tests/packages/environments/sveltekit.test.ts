import { runCommand } from '../test/lib/run-command.ts';
import { testEnvironment } from './lib/environment.ts';
import { openPage } from './lib/page.ts';
import { freePort, post, startServer } from './lib/server.ts';

testEnvironment('SvelteKit', {
  version: '3.2.0',
  app: 'sveltekit',
  dependencies: {
    '@sveltejs/adapter-node': '6.0.1',
    '@sveltejs/kit': '3.2.0',
    '@sveltejs/vite-plugin-svelte': '7.3.1',
    svelte: '5.57.3',
    vite: '8.3.8',
  },
  places: ['page', 'server'],
  async start({ path }) {
    await runCommand(path, 'pnpm', ['exec', 'vite', 'build']);
    const port = await freePort();
    const server = await startServer(path, port, process.execPath, ['build'], { PORT: String(port) });
    const page = await openPage(server.url, server.close);
    return {
      run: (task, input, place) =>
        place === 'page' ? page.run(task, input) : post(`${server.url}api/`, task, input),
      close: page.close,
    };
  },
});
