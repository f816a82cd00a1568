// Entry point of every `npm run …` command. Needs only Node and npm: installs the workspace when the lockfile has
// changed, builds the packages that the command uses, and runs it on the pinned Node.
import { requireSupportedNode } from './lib/node-version.mjs';

requireSupportedNode();

const { ensureInstalled } = await import('./lib/install.mjs');
const { commands } = await import('./lib/commands.mjs');

const [name, ...args] = process.argv.slice(2);
const command = name === undefined ? undefined : commands.get(name);
if (command === undefined) {
  console.error(
    `headwise: unknown command "${name ?? ''}", expected one of ${[...commands.keys()].join(', ')}`,
  );
  process.exit(2);
}

try {
  await ensureInstalled();
  process.exitCode = await command(args);
} catch (error) {
  console.error(`headwise: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
