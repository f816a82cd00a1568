import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inRoot } from './paths.mjs';

/** Every package of the workspace: its directory and its manifest. */
export function workspacePackages() {
  const within = (folder) => readdirSync(inRoot(folder)).map((name) => inRoot(folder, name));
  return [
    ...within('packages'),
    inRoot('benchmarks'),
    inRoot('demo'),
    inRoot('examples'),
    ...within('tests'),
    ...within('tools'),
  ]
    .filter((directory) => existsSync(join(directory, 'package.json')))
    .map((directory) => ({
      directory,
      manifest: JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')),
    }));
}

/** The packages that are published. */
export const publicPackages = () => workspacePackages().filter(({ manifest }) => manifest.private !== true);
