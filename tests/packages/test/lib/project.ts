import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { runCommand } from './run-command.ts';

/** An empty directory outside the repository, so that no import resolves to the workspace. */
export async function temporaryDirectory(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'headwise-project-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/**
 * Adds packed tarballs to a project's dependencies and installs it.
 *
 * The overrides make the packages depend on each other's tarballs rather than on registry versions. All other
 * dependencies come from pnpm's store.
 *
 * @param names packages that the project depends on; default: all
 */
export async function installTarballs(directory: string, names?: readonly string[]): Promise<void> {
  const tarballs = inject('tarballs');
  const files = Object.fromEntries(Object.entries(tarballs).map(([name, path]) => [name, `file:${path}`]));
  const manifestFile = join(directory, 'package.json');
  const manifest = JSON.parse(await readFile(manifestFile, 'utf8')) as Record<string, unknown>;
  const wanted = Object.fromEntries((names ?? Object.keys(files)).map((name) => [name, files[name]]));
  manifest.dependencies = { ...(manifest.dependencies as object | undefined), ...wanted };
  manifest.pnpm = { overrides: files };
  await writeFile(manifestFile, JSON.stringify(manifest, null, 2));
  await runCommand(directory, 'pnpm', [
    'install',
    '--prefer-offline',
    '--no-frozen-lockfile',
    '--ignore-workspace',
  ]);
}
