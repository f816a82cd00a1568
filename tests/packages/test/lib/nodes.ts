import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const OLDEST_SUPPORTED = 20;

export interface NodeProgram {
  path: string;
  version: string;
}

function versionOf(path: string): string | undefined {
  try {
    accessSync(path, constants.X_OK);
    return execFileSync(path, ['--version'], { encoding: 'utf8' }).trim().slice(1);
  } catch {
    return undefined;
  }
}

/** The Node versions to test with: the one that runs the tests, and every other supported version on PATH. */
export const nodes: readonly NodeProgram[] = (() => {
  const found = new Map([[process.versions.node, process.execPath]]);
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(directory, process.platform === 'win32' ? 'node.exe' : 'node');
    const version = versionOf(path);
    if (version !== undefined && Number.parseInt(version, 10) >= OLDEST_SUPPORTED && !found.has(version)) {
      found.set(version, path);
    }
  }
  return [...found].map(([version, path]) => ({ version, path }));
})();
