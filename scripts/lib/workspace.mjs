import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inRoot } from './paths.mjs';

/** All packages of the workspace, each with its directory and manifest. */
export function workspacePackages() {
  const subdirectories = (folder) => readdirSync(inRoot(folder)).map((name) => inRoot(folder, name));
  return [
    ...subdirectories('packages'),
    inRoot('benchmarks'),
    inRoot('demo'),
    inRoot('examples'),
    inRoot('experiments'),
    ...subdirectories('tests'),
    ...subdirectories('tools'),
  ]
    .filter((directory) => existsSync(join(directory, 'package.json')))
    .map((directory) => ({
      directory,
      manifest: JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')),
    }));
}

/** The packages to publish. */
export const publicPackages = () => workspacePackages().filter(({ manifest }) => manifest.private !== true);
