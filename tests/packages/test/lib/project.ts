import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { command } from './command.ts';

/** An empty directory outside of the repository, so that nothing in it can lean on the workspace. */
export async function temporaryDirectory(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'headwise-project-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/**
 * Adds the packed tarballs to a project's dependencies and installs it.
 *
 * The packages are not on a registry yet when this runs, so the tarballs also stand in where one depends on another:
 * that is what the overrides are for. Everything else comes from pnpm's store, where the workspace put it.
 */
export async function installTarballs(directory: string): Promise<void> {
  const tarballs = inject('tarballs');
  const files = Object.fromEntries(Object.entries(tarballs).map(([name, path]) => [name, `file:${path}`]));
  const manifestFile = join(directory, 'package.json');
  const manifest = JSON.parse(await readFile(manifestFile, 'utf8')) as Record<string, unknown>;
  manifest.dependencies = { ...(manifest.dependencies as object | undefined), ...files };
  manifest.pnpm = { overrides: files };
  await writeFile(manifestFile, JSON.stringify(manifest, null, 2));
  await command(directory, 'pnpm', [
    'install',
    '--prefer-offline',
    '--no-frozen-lockfile',
    '--ignore-workspace',
  ]);
}
