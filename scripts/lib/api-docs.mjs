import { relative } from 'node:path';
import { root } from './paths.mjs';
import { capture, run } from './process.mjs';
import { publicPackages } from './workspace.mjs';

// typedoc.json has the options. TypeDoc finds each package's entry points by the `exports` of its package.json.
const packages = () =>
  publicPackages().flatMap(({ directory }) => [
    '--entryPoints',
    relative(root, directory).replaceAll('\\', '/'),
  ]);

/** Writes the API reference of the public packages to docs/api. They must have been built. Resolves to TypeDoc's exit code. */
export const typedoc = (args) => run('typedoc', [...packages(), ...args]);

/** Checks that the API reference can be written without a warning: links that lead nowhere, types that are not exported. */
export async function checkApiDocs() {
  const { code, output } = await capture('typedoc', [...packages(), '--emit', 'none', '--logLevel', 'Warn']);
  return { ok: code === 0, output };
}
