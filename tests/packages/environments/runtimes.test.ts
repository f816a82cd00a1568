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
