import { runtimes } from '../runtimes/runtimes.ts';
import { runCommand } from '../test/lib/run-command.ts';
import { testEnvironment } from './lib/environment.ts';

for (const { name, version, path: program, args } of runtimes) {
  const isDeno = name === 'Deno';
  testEnvironment(isDeno ? 'Deno with --allow-net alone' : name, {
    version,
    app: 'script',
    start: async ({ path }) => ({
      async run(task, input) {
        const flags = isDeno ? ['run', '--no-prompt', '--allow-net'] : args;
        const output = await runCommand(path, program, [
          ...flags,
          'main.js',
          JSON.stringify({ task, ...input }),
        ]);
        return JSON.parse(output);
      },
    }),
  });
}

for (const format of ['esm', 'cjs'])
  testEnvironment(`Node, one file by esbuild (${format})`, {
    version: process.versions.node,
    app: 'node-bundle',
    dependencies: { esbuild: '0.28.2' },
    async start({ path }) {
      // The ending tells Node the format, whatever package.json says.
      const file = `app.${format === 'esm' ? 'mjs' : 'cjs'}`;
      const args = ['main.js', '--bundle', '--platform=node', `--format=${format}`, `--outfile=${file}`];
      await runCommand(path, 'pnpm', ['exec', 'esbuild', ...args]);
      return {
        run: async (task, input) =>
          JSON.parse(await runCommand(path, process.execPath, [file, JSON.stringify({ task, ...input })])),
      };
    },
  });
