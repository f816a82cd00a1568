import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packAll } from './pack.mjs';
import { capture } from './process.mjs';
import { publicPackages } from './workspace.mjs';

const INSTALL = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
const SBOM = ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application', '--omit=dev'];

/**
 * Writes a software bill of materials (CycloneDX, JSON) of the public packages and everything that npm installs with them. `npm sbom`
 * needs a folder that npm has installed, so the packed packages are installed into an empty one. They must have been built.
 */
export async function writeSbom(file) {
  const directory = mkdtempSync(join(tmpdir(), 'headwise-sbom-'));
  try {
    const tarballs = await packAll(join(directory, 'tarballs'));
    // npm names the bill's subject after the folder.
    const project = join(directory, 'headwise');
    mkdirSync(project);
    const [{ manifest }] = publicPackages();
    const { version, license } = manifest;
    writeFileSync(
      join(project, 'package.json'),
      JSON.stringify({ name: 'headwise', version, license, private: true }),
    );
    await npm([...INSTALL, ...tarballs.values()], project);
    const bill = JSON.parse(await npm(SBOM, project));
    for (const component of bill.components)
      component.externalReferences = component.externalReferences.filter(
        ({ url }) => !url.startsWith('file:'),
      );
    writeFileSync(file, `${JSON.stringify(bill, null, 2)}\n`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function npm(args, cwd) {
  const program = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  // Notices would end up among the output.
  const { code, output } = await capture(program, [...args, '--loglevel=error'], { cwd });
  if (code !== 0) throw new Error(`npm ${args[0]} failed:\n${output}`);
  return output;
}
