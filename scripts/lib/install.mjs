import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { inRoot, root } from './paths.mjs';
import { run } from './process.mjs';

const stampFile = inRoot('node_modules', '.headwise-installed');

/** Hash of the install's inputs; node_modules is up to date while it stays the same. */
function fingerprint() {
  const hash = createHash('sha256');
  hash.update(`${process.platform}-${process.arch}\n`);
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json'])
    hash.update(readFileSync(inRoot(file)));
  return hash.digest('hex');
}

/** Program and first arguments of npm. */
function npmCommand() {
  const npm = process.env.npm_execpath;
  if (npm?.endsWith('npm-cli.js')) return [process.execPath, npm];
  return process.platform === 'win32' ? ['npm.cmd'] : ['npm'];
}

/** Program and first arguments of the pinned pnpm: the installed one, or `npm exec` on the first run. */
function pnpmCommand() {
  const { packageManager } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));
  const installed = inRoot('node_modules', 'pnpm');
  if (existsSync(inRoot('node_modules', 'pnpm', 'package.json'))) {
    const { version, bin } = JSON.parse(readFileSync(inRoot('node_modules', 'pnpm', 'package.json'), 'utf8'));
    if (packageManager === `pnpm@${version}`) return [process.execPath, `${installed}/${bin.pnpm}`];
  }
  return [...npmCommand(), 'exec', '--yes', '--prefer-offline', '--', packageManager];
}

/** Installs the workspace from its lockfile, unless node_modules is up to date. */
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
      // Output to stderr: stdout belongs to the command, e.g. `demo --json`. CI=true disables pnpm's prompts.
      stdio: ['ignore', 2, 2],
      env: { ...process.env, CI: 'true' },
    },
  );
  if (code !== 0)
    throw new Error(
      `the install failed (pnpm exited with ${code}); check that the package registry is reachable`,
    );
  writeFileSync(stampFile, wanted);
}

/**
 * Installs a folder outside the workspace from its own npm lockfile, unless it is up to date. For large dependencies that only
 * one command uses, such as the benchmarks' peers.
 *
 * @param directory absolute path of the folder
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
    throw new Error(
      `the install failed (npm exited with ${code}); check that the package registry is reachable`,
    );
  writeFileSync(stamp, wanted);
}
