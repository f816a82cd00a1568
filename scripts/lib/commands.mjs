import { join, relative, resolve } from 'node:path';
import { build, turbo } from './build.mjs';
import { cruise } from './cruise.mjs';
import { ensureInstalledApart } from './install.mjs';
import { packAll } from './pack.mjs';
import { packageChecks } from './package-checks.mjs';
import { inRoot } from './paths.mjs';
import { pinnedNode } from './pinned-node.mjs';
import { run } from './process.mjs';
import { discardReports, summarise } from './test-summary.mjs';

const node = (...args) => run(pinnedNode().path, args);
// Biome colours its output even where nobody looks at it in a terminal.
const colours = process.stdout.isTTY ? 'force' : 'off';
const biome = (...args) => run('biome', [...args, `--colors=${colours}`]);

async function test(args) {
  discardReports();
  const code = await turbo(['run', 'test', '--continue=dependencies-successful', '--concurrency=2', ...args]);
  // With a filter the other packages leave no report, and that is as it should be.
  const summary = summarise({ all: args.length === 0 });
  console.log(summary.text);
  if (code !== 0 && summary.failed === 0)
    console.log('a build or a test run failed before it could report, see above');
  return code !== 0 || summary.failed > 0 ? 1 : 0;
}

async function pack([directory = 'tarballs']) {
  // The last of the public packages, and the others by way of it.
  await build('@headwise/worker...');
  for (const tarball of (await packAll(resolve(directory))).values()) console.log(relative('', tarball));
  return 0;
}

/** What is verified, and which folders of the benchmarks are installed for it. */
const verifications = new Map([
  ['gte-small', ['peers']],
  ['loading', []],
  ['memory', []],
  ['minimind', ['models/minimind']],
  ['split', []],
  ['tinyllama', ['models/tinyllama']],
]);

async function verify([name, ...args]) {
  const folders = verifications.get(name);
  if (!folders)
    throw new Error(`verify: expected one of ${[...verifications.keys()].join(', ')}, got ${name}`);
  await build('@headwise/benchmarks^...');
  for (const folder of folders) await ensureInstalledApart(inRoot('benchmarks', ...folder.split('/')));
  return node('--expose-gc', inRoot('benchmarks', 'src', 'verify', `${name}.ts`), ...args);
}

/** Style and common faults by Biome, then the order of imports by dependency-cruiser. */
async function lint(args) {
  const style = await biome('ci', ...args);
  const { code, output } = await cruise();
  console.log(output.trim());
  return style || code;
}

/** Every command of `npm run`, by name: takes the user's arguments, resolves to the exit code. */
export const commands = new Map([
  [
    'demo',
    async (args) => {
      await build('@headwise/demo^...');
      return node(inRoot('demo', 'src', 'main.ts'), ...args);
    },
  ],
  [
    'bench',
    async (args) => {
      await build('@headwise/benchmarks^...');
      if (!args.includes('--help')) await ensureInstalledApart(inRoot('benchmarks', 'peers'));
      return node(inRoot('benchmarks', 'src', 'main.ts'), ...args);
    },
  ],
  ['verify', verify],
  ['bench:report', (args) => node(inRoot('benchmarks', 'src', 'report', 'main.ts'), ...args)],
  [
    'playground',
    async (args) => {
      await build('@headwise/playground^...');
      // Vite itself and not the package's script: pnpm and its shells would keep a signal that ends this command to themselves.
      const playground = inRoot('packages', 'playground');
      const vite = join(playground, 'node_modules', 'vite', 'bin', 'vite.js');
      return run(pinnedNode().path, [vite, ...args], { cwd: playground });
    },
  ],
  ['test', test],
  [
    'test:runtimes',
    async (args) => {
      await build('@headwise/package-tests^...');
      const directory = inRoot('tests', 'packages');
      await ensureInstalledApart(join(directory, 'runtimes'));
      return run('vitest', ['run', '--config', 'vitest.runtimes.config.ts', ...args], { cwd: directory });
    },
  ],
  ['pack', pack],
  ['build', (args) => turbo(['run', 'build', ...args])],
  ['typecheck', (args) => turbo(['run', 'typecheck', ...args])],
  ['lint', lint],
  ['format', (args) => biome('check', '--write', ...args)],
  ['check', () => packageChecks()],
]);
