import { runtimes } from '../runtimes/runtimes.ts';
import { runCommand } from '../test/lib/run-command.ts';
import { testEnvironment } from './lib/environment.ts';

const programs = runtimes.map(({ name, version, path, args }) => ({
  name: `${name} ${version}`,
  path,
  args,
}));
const deno = runtimes.find(({ name }) => name === 'Deno')!;

for (const { name, path: program, args } of [
  ...programs.filter(({ path }) => path !== deno.path),
  {
    name: `Deno ${deno.version} with --allow-net alone`,
    path: deno.path,
    args: ['run', '--no-prompt', '--allow-net'],
  },
]) {
  testEnvironment(name, {
    app: 'script',
    start: async ({ path }) => ({
      run: async (task, input) =>
        JSON.parse(await runCommand(path, program, [...args, 'main.js', JSON.stringify({ task, ...input })])),
    }),
  });
}
