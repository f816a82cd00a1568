import { readdirSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { linkProblems } from '../../docs/site/check-links.mjs';
import { typedoc } from './api-docs.mjs';
import { build, turbo } from './build.mjs';
import { cruise } from './cruise.mjs';
import { reportEnvironments } from './environment-table.mjs';
import { ensureInstalledApart } from './install.mjs';
import { packAll } from './pack.mjs';
import { packageChecks } from './package-checks.mjs';
import { inRoot } from './paths.mjs';
import { pinnedNode } from './pinned-node.mjs';
import { childEnvironment, run } from './process.mjs';
import { writeSbom } from './sbom.mjs';
import { discardReports, summarise } from './test-summary.mjs';

const node = (...args) => run(pinnedNode().path, args);
// Biome colours its output by default even when stdout is not a terminal.
const colours = process.stdout.isTTY ? 'force' : 'off';
const biome = (...args) => run('biome', [...args, `--colors=${colours}`]);

async function test(args) {
  discardReports();
  const code = await turbo(['run', 'test', '--continue=dependencies-successful', '--concurrency=2', ...args]);
  // With a turbo filter, packages without a report are expected.
  const summary = summarise({ all: args.length === 0 });
  console.log(summary.text);
  if (code !== 0 && summary.failed === 0)
    console.log('a build or a test run failed without a report, see above');
  return code !== 0 || summary.failed > 0 ? 1 : 0;
}

/** Builds all public packages: these and those that they depend on. */
const buildPublic = () =>
  build(
    '@headwise/worker...',
    '@headwise/models',
    '@headwise/cli...',
    '@headwise/ai-sdk...',
    '@headwise/langchain...',
  );

async function pack([directory = 'tarballs']) {
  await buildPublic();
  for (const tarball of (await packAll(resolve(directory))).values()) console.log(relative('', tarball));
  return 0;
}

/** Scripts of tests/verify by name, the folder with a lockfile of its own that each needs installed, and flags of Node. */
const verifications = new Map([
  ['fleet', { script: 'fleet/main.ts' }],
  ['fleet-parts', { script: 'fleet/parts.ts' }],
  ['gte-small', { script: 'gte-small/main.ts', install: 'benchmarks/peers' }],
  ['load-memory', { script: 'load-memory.ts' }],
  ['loading', { script: 'loading.ts' }],
  ['memory', { script: 'memory.ts' }],
  ['service', { script: 'service/main.ts', install: 'benchmarks/peers' }],
  ['page-peers', { script: 'page-peers.ts', install: 'benchmarks/peers' }],
  // Space for young objects that V8 would else let grow and shrink by 100 MiB.
  ['soak', { script: 'soak.ts', flags: ['--max-semi-space-size=2'] }],
  ['minimind', { script: 'minimind/main.ts', install: 'tests/verify/minimind' }],
  ['speech', { script: 'speech/main.ts', install: 'tests/verify/speech' }],
  ['speech-encoder', { script: 'speech/encoder.ts', install: 'tests/verify/speech' }],
  ['tinyllama', { script: 'tinyllama/main.ts', install: 'tests/verify/tinyllama' }],
  ['tokenizers', { script: 'tokenizers/main.ts', install: 'tests/verify/tokenizers' }],
]);

async function verify([name, ...args]) {
  const verification = verifications.get(name);
  if (!verification)
    throw new Error(`verify: expected one of ${[...verifications.keys()].join(', ')}, got ${name}`);
  await build('@headwise/verify^...');
  if (verification.install) await ensureInstalledApart(inRoot(verification.install));
  const { flags = [], script } = verification;
  return node('--expose-gc', ...flags, inRoot('tests/verify', script), ...args);
}

/** Runs an example on the installed weights. It is named by its number or by its file, with or without the ending. */
async function example([name, ...args]) {
  const files = readdirSync(inRoot('examples')).filter((file) => /^\d\d-.*\.ts$/.test(file));
  const file = files.find((candidate) =>
    [candidate, candidate.slice(0, -3), candidate.slice(0, 2)].includes(name),
  );
  if (!file) throw new Error(`example: expected one of ${files.join(', ')}, got ${name}`);
  await build('@headwise/examples^...');
  const preload = pathToFileURL(inRoot('examples', 'lib', 'installed-weights.ts')).href;
  return node('--import', preload, inRoot('examples', file), ...args);
}

/** Trains a model as a configuration file says. Paths are relative to the directory in which `npm run` was called. */
async function train(args) {
  await build('@headwise/examples^...');
  const paths = args.map((arg) => (arg.startsWith('-') ? arg : resolve(process.env.INIT_CWD ?? '', arg)));
  return node(inRoot('examples', 'train', 'main.ts'), ...paths);
}

async function sbom([file = 'sbom.cdx.json']) {
  await buildPublic();
  await writeSbom(resolve(file));
  console.log(relative('', resolve(file)));
  return 0;
}

/** Runs the tests of the packed packages that `vitest.NAME.config.ts` in tests/packages has, with other runtimes installed. */
async function packageTests(name, args) {
  await build('@headwise/package-tests^...');
  const directory = inRoot('tests', 'packages');
  await ensureInstalledApart(join(directory, 'runtimes'));
  return run('vitest', ['run', '--config', `vitest.${name}.config.ts`, ...args], { cwd: directory });
}

/** Style and common faults by Biome, then the order of imports by dependency-cruiser. */
async function lint(args) {
  const style = await biome('ci', ...args);
  const { code, output } = await cruise();
  console.log(output.trim());
  return style || code;
}

/**
 * Serves the built playground as a host would; `--dev` serves its sources to developers, and `--build DIR` writes the static site to DIR, from
 * where any host can serve it under any path. `--peers` puts the engines that the room Benchmark compares with into the page; they are installed on
 * first use. Other arguments are Vite's.
 */
async function playground(allArgs) {
  const args = allArgs.filter((arg) => arg !== '--peers');
  const withPeers = args.length < allArgs.length;
  await build('@headwise/playground^...');
  if (withPeers) await ensureInstalledApart(inRoot('benchmarks', 'peers'));
  const env = childEnvironment({ HEADWISE_PEERS: withPeers ? '1' : '' });
  const cwd = inRoot('packages', 'playground');
  // Starts Vite directly: pnpm and its shells would not forward the signal that ends this command.
  const vite = (...of) =>
    run(pinnedNode().path, [join(cwd, 'node_modules', 'vite', 'bin', 'vite.js'), ...of], { cwd, env });
  const [mode, ...more] = args;
  if (mode === '--dev') return vite(...more);
  if (mode === '--build') {
    const [directory, ...rest] = more;
    if (directory === undefined || directory.startsWith('-'))
      throw new Error('playground: --build needs the directory of the site');
    return vite('build', '--outDir', resolve(process.env.INIT_CWD ?? '', directory), ...rest);
  }
  return (await vite('build', '--logLevel', 'warn')) || vite('preview', ...args);
}

/**
 * Writes the documentation as a site to docs/site/dist, with the API reference, and checks its links. `--base PATH` is the path that it will be served
 * under, `--serve` serves it.
 */
async function docsSite(args) {
  const { values } = parseArgs({
    args,
    options: { base: { type: 'string', default: '/' }, serve: { type: 'boolean', default: false } },
  });
  await buildPublic();
  const site = inRoot('docs', 'site');
  await ensureInstalledApart(site);
  const built = await node(join(site, 'build.mjs'), values.base);
  if (built !== 0) return built;
  // The reference's pages lead back to the site. TypeDoc takes such links from a file alone.
  const options = join(site, '.pages', 'typedoc.json');
  const links = { Documentation: values.base };
  writeFileSync(options, JSON.stringify({ extends: [inRoot('typedoc.json')], navigationLinks: links }));
  const code = await typedoc(['--options', options, '--out', join(site, 'dist', 'api')]);
  if (code !== 0) return code;
  const problems = linkProblems(join(site, 'dist'), values.base);
  console.log(problems.length === 0 ? relative('', join(site, 'dist')) : problems.join('\n'));
  if (problems.length > 0) return 1;
  const vitepress = join(site, 'node_modules', 'vitepress', 'bin', 'vitepress.js');
  return values.serve ? node(vitepress, 'preview', site, '--base', values.base) : 0;
}

/** The commands of `npm run` by name. Each takes the user's arguments and resolves to the exit code. */
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
  [
    'experiment',
    async (args) => {
      await build('@headwise/experiments^...');
      if (!args.includes('--help')) await ensureInstalledApart(inRoot('experiments', 'sources'));
      return node(inRoot('experiments', 'src', 'main.ts'), ...args);
    },
  ],
  ['verify', verify],
  ['bench:report', (args) => node(inRoot('benchmarks', 'src', 'report', 'main.ts'), ...args)],
  ['playground', playground],
  ['test', test],
  [
    'test:page',
    async (args) => {
      await build('@headwise/playground');
      const cwd = inRoot('packages', 'playground');
      return run('vitest', ['run', '--config', 'vitest.page.config.ts', ...args], { cwd });
    },
  ],
  ['test:runtimes', (args) => packageTests('runtimes', args)],
  [
    'test:environments',
    async (args) => {
      const code = await packageTests(
        'environments',
        args.filter((arg) => arg !== '--write'),
      );
      reportEnvironments({ write: args.includes('--write') });
      return code;
    },
  ],
  [
    'mutate',
    async (args) => {
      // Tests run on a copy of the workspace with what is built.
      if (!args.includes('--score')) await buildPublic();
      return node(inRoot('scripts', 'mutate', 'mutate.mjs'), ...args);
    },
  ],
  ['pack', pack],
  ['build', (args) => turbo(['run', 'build', ...args])],
  ['typecheck', (args) => turbo(['run', 'typecheck', ...args])],
  ['lint', lint],
  ['format', (args) => biome('check', '--write', ...args)],
  ['check', () => packageChecks()],
  ['example', example],
  ['train', train],
  [
    'docs:api',
    async (args) => {
      await buildPublic();
      return typedoc(args);
    },
  ],
  ['docs:site', docsSite],
  [
    'fuzz',
    async (args) => {
      await build('@headwise/verify^...');
      return node('--no-warnings', inRoot('tests', 'verify', 'fuzz', 'main.ts'), ...args);
    },
  ],
  ['sbom', sbom],
  ['changeset', (args) => run('changeset', args)],
]);
