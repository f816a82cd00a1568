import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { inRoot } from './paths.mjs';

// The first Node version that strips types without a flag; the TypeScript sources run directly.
const STRIPS_TYPES = { major: 22, minor: 18 };

/**
 * The Node that runs everything after the install: the version pinned in the lockfile if it is published for this
 * platform, else the Node of this process.
 *
 * @returns {{ path: string, binDirectory: string }}
 */
export function pinnedNode() {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const executable = process.platform === 'win32' ? 'node.exe' : 'node';
  const pinned = inRoot('node_modules', `node-${platform}-${process.arch}`, 'bin', executable);
  if (existsSync(pinned)) return { path: pinned, binDirectory: dirname(pinned) };

  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < STRIPS_TYPES.major || (major === STRIPS_TYPES.major && minor < STRIPS_TYPES.minor)) {
    throw new Error(
      `no pinned Node is published for ${process.platform}-${process.arch}, and the installed ${process.versions.node} ` +
        `is too old: install Node ${STRIPS_TYPES.major}.${STRIPS_TYPES.minor} or newer`,
    );
  }
  return { path: process.execPath, binDirectory: dirname(process.execPath) };
}
