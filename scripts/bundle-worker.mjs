// Bundles the script of `@headwise/worker`'s workers, with what it uses of `@headwise/core`, into one file for Node and one for browsers: importing
// the hundreds of modules of the packages one by one takes most of the time in which a worker starts. Runs in the worker's folder, after tsc.
import { rolldown } from 'rolldown';
import { bundledHash } from './lib/built-sources.mjs';

const banner = `// Bundled by scripts/bundle-worker.mjs (${bundledHash()}).`;
for (const platform of ['node', 'browser']) {
  const bundle = await rolldown({
    input: 'dist/worker.js',
    platform,
    // comlink's ES module; what Node would resolve to is the other one.
    resolve: { mainFields: ['module', 'main'] },
  });
  const { output } = await bundle.write({
    file: `dist/bundled/${platform}.js`,
    format: 'esm',
    // One file: assets that a bundler copies as they are cannot import others.
    codeSplitting: false,
    comments: { legal: true, annotation: true, jsdoc: false },
    banner,
  });
  await bundle.close();
  const foreign = output[0].imports.filter((name) => !name.startsWith('node:'));
  if (output.length !== 1 || foreign.length > 0 || (platform === 'browser' && output[0].imports.length > 0)) {
    throw new Error(
      `bundle-worker: ${platform}.js is not one file: it imports ${output[0].imports.join(', ')}`,
    );
  }
}
