import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { inRoot, root } from './paths.mjs';
import { run } from './process.mjs';

const stampFile = inRoot('node_modules', '.headwise-installed');

/** What an install depends on; when none of it changed, node_modules is in step. */
function fingerprint() {
  const hash = createHash('sha256');
  hash.update(`${process.platform}-${process.arch}\n`);
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json'])
    hash.update(readFileSync(inRoot(file)));
  return hash.digest('hex');
}

/** The program and first arguments that start npm. */
function npmCommand() {
  const npm = process.env.npm_execpath;
  if (npm?.endsWith('npm-cli.js')) return [process.execPath, npm];
  return process.platform === 'win32' ? ['npm.cmd'] : ['npm'];
}

/** The program and first arguments that start the pinned pnpm: the installed one, or npm's loan of it on a first run. */
function pnpmCommand() {
  const { packageManager } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));
  const installed = inRoot('node_modules', 'pnpm');
  if (existsSync(inRoot('node_modules', 'pnpm', 'package.json'))) {
    const { version, bin } = JSON.parse(readFileSync(inRoot('node_modules', 'pnpm', 'package.json'), 'utf8'));
    if (packageManager === `pnpm@${version}`) return [process.execPath, `${installed}/${bin.pnpm}`];
  }
  return [...npmCommand(), 'exec', '--yes', '--prefer-offline', '--', packageManager];
}

/** Installs the workspace from its lockfile, unless node_modules already is what the lockfile says. */
export async function ensureInstalled() {
  const wanted = fingerprint();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) return;

  console.error('headwise: installing the workspace (first run, or the lockfile changed)…');
  rmSync(stampFile, { force: true });
  const [program, ...args] = pnpmCommand();
  const code = await run(
    program,
    [...args, 'install', '--frozen-lockfile', '--prefer-offline', '--reporter=append-only'],
    {
      // Commands such as `demo --json` own stdout, so the install speaks on stderr. CI=true keeps pnpm from asking.
      stdio: ['ignore', 2, 2],
      env: { ...process.env, CI: 'true' },
    },
  );
  if (code !== 0)
    throw new Error(`the install failed (pnpm ended with ${code}); is the package registry reachable?`);
  writeFileSync(stampFile, wanted);
}

/**
 * Installs what stands outside the workspace with an npm lockfile of its own, because only one command needs it and
 * it is large: the benchmarks' peers.
 *
 * @param directory an absolute path
 */
export async function ensureInstalledApart(directory) {
  const lockfile = readFileSync(join(directory, 'package-lock.json'));
  const wanted = createHash('sha256')
    .update(`${process.platform}-${process.arch}\n`)
    .update(lockfile)
    .digest('hex');
  const stamp = join(directory, 'node_modules', '.headwise-installed');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;

  console.error(`headwise: installing ${relative(root, directory)} (first run, or its lockfile changed)…`);
  const [program, ...args] = npmCommand();
  const code = await run(program, [...args, 'ci', '--prefer-offline', '--no-audit', '--no-fund'], {
    stdio: ['ignore', 2, 2],
    env: process.env,
    cwd: directory,
  });
  if (code !== 0)
    throw new Error(`the install failed (npm ended with ${code}); is the package registry reachable?`);
  writeFileSync(stamp, wanted);
}
