// Vitest's global setup of all packages: tests do not run against a `dist` that was built from other sources. Source maps hold the text of
// their sources, which is compared.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { inRoot } from './paths.mjs';

const FOLDERS = new Map([
  ['@headwise/kernel', 'packages/kernel-as'],
  ['@headwise/core', 'packages/core'],
  ['@headwise/ai-sdk', 'packages/ai-sdk'],
  ['@headwise/cli', 'packages/cli'],
  ['@headwise/fleet', 'packages/fleet'],
  ['@headwise/langchain', 'packages/langchain'],
  ['@headwise/models', 'packages/models'],
  ['@headwise/server', 'packages/server'],
  ['@headwise/worker', 'packages/worker'],
]);

/** Throws if the tests of the package in `project.config.root` would run old code of a package that they import. */
export default function setup({ config }) {
  const stale = [...packagesUsedBy(config.root)].flatMap((name) => {
    const file = firstStaleFile(inRoot(FOLDERS.get(name)));
    return file === undefined ? [] : [`${name} (${relative(inRoot('.'), file)})`];
  });
  if (stale.length === 0) return;
  throw new Error(
    `dist is older than the sources of ${stale.join(', ')}: run \`npm run build\`, or \`npm test\`, which builds first`,
  );
}

/** The packages of this repository that a package's tests import as built: its dependencies, and itself if they name it. */
function packagesUsedBy(root, used = new Set()) {
  const { name, dependencies, devDependencies } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  for (const dependency of Object.keys({ ...dependencies, ...devDependencies })) {
    if (!FOLDERS.has(dependency) || used.has(dependency)) continue;
    used.add(dependency);
    packagesUsedBy(inRoot(FOLDERS.get(dependency)), used);
  }
  const tests = join(root, 'test');
  if (FOLDERS.has(name) && existsSync(tests)) {
    const files = readdirSync(tests).filter((file) => file.endsWith('.ts'));
    if (files.some((file) => readFileSync(join(tests, file), 'utf8').includes(`'${name}'`))) used.add(name);
  }
  return used;
}

/** A source of a package that `dist` was not built from; undefined if there is none. */
export function firstStaleFile(folder) {
  const [src, dist] = [join(folder, 'src'), join(folder, 'dist')];
  for (const file of filesBelow(src)) {
    if (!file.endsWith('.ts') || /\.(?:test|d)\.ts$|(^|\/)fixtures\//.test(file)) continue;
    const map = join(dist, file.replace(/\.ts$/, '.js.map'));
    if (!existsSync(map)) return join(src, file);
    const [built] = JSON.parse(readFileSync(map, 'utf8')).sourcesContent ?? [];
    if (built !== readFileSync(join(src, file), 'utf8')) return join(src, file);
  }
  for (const file of filesBelow(dist)) {
    if (file.endsWith('.js.map') && !existsSync(join(src, file.replace(/\.js\.map$/, '.ts'))))
      return join(dist, file);
  }
  const bundle = join(dist, 'bundle', 'worker.js');
  if (existsSync(bundle) && !readFileSync(bundle, 'utf8').includes(bundledPackagesHash())) return bundle;
  const assembly = join(folder, 'assembly');
  if (!existsSync(assembly)) return undefined;
  const generated = join(src, 'generated', 'simd.ts');
  return readFileSync(generated, 'utf8').includes(hashOf(assembly)) ? undefined : assembly;
}

/** The hash of the files below folders whose names end in `ending`: what generated files were made from. */
export function hashOf(folders, ending = '') {
  const hash = createHash('sha256');
  for (const folder of [folders].flat())
    for (const file of filesBelow(folder))
      if (file.endsWith(ending)) hash.update(`${file}\n`).update(readFileSync(join(folder, file)));
  return hash.digest('hex').slice(0, 32);
}

/** The hash of the built packages that scripts/bundle.mjs copies into the script of workers. */
export function bundledPackagesHash() {
  return hashOf(
    ['@headwise/kernel', '@headwise/core'].map((name) => inRoot(FOLDERS.get(name), 'dist')),
    '.js',
  );
}

function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort();
}
