import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { capture } from './process.mjs';
import { publicPackages } from './workspace.mjs';

/**
 * Packs every public package into a directory, as it would be published. Requires built packages.
 *
 * @returns {Promise<Map<string, string>>} path of each tarball by package name
 */
export async function packAll(destination) {
  mkdirSync(destination, { recursive: true });
  const tarballs = new Map();
  for (const { directory, manifest } of publicPackages()) {
    const tarball = join(destination, `${manifest.name.slice(1).replace('/', '-')}-${manifest.version}.tgz`);
    const { code, output } = await capture('pnpm', ['pack', '--pack-destination', destination], {
      cwd: directory,
    });
    if (code !== 0) throw new Error(`could not pack ${manifest.name}:\n${output}`);
    if (!existsSync(tarball)) throw new Error(`packing ${manifest.name} did not create ${tarball}`);
    tarballs.set(manifest.name, tarball);
  }
  return tarballs;
}
