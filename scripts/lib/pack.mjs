import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { capture } from './process.mjs';
import { publicPackages } from './workspace.mjs';

/**
 * Packs every public package as it would be published. They must have been built.
 *
 * @returns {Promise<Map<string, string>>} the tarball of each package, by the package's name
 */
export async function packAll(destination) {
  const tarballs = new Map();
  for (const { directory, manifest } of publicPackages()) {
    const target = join(destination, manifest.name.replace('/', '-'));
    mkdirSync(target, { recursive: true });
    const { code, output } = await capture('pnpm', ['pack', '--pack-destination', target], {
      cwd: directory,
    });
    if (code !== 0) throw new Error(`could not pack ${manifest.name}:\n${output}`);
    const tarball = readdirSync(target).find((name) => name.endsWith('.tgz'));
    if (tarball === undefined) throw new Error(`packing ${manifest.name} left no tarball`);
    tarballs.set(manifest.name, join(target, tarball));
  }
  return tarballs;
}
