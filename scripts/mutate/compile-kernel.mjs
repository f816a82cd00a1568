// Compiles modules of the kernel in a copy of the workspace. Stays warm: mutate.mjs sends which.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { deflateSync } from 'node:zlib';
import { inRoot } from '../lib/paths.mjs';

const compiler = inRoot('packages/kernel-as/node_modules/assemblyscript/dist/asc.js');
const { default: asc } = await import(pathToFileURL(compiler).href);
const root = process.argv[2];

process.on('message', async ({ modules, relaxed }) => {
  const changed = [];
  for (const { name, entry, options } of modules) {
    const { error, stderr } = await asc.main([
      entry,
      '--baseDir',
      root,
      '--outFile',
      `dist/${name}.wasm`,
      '--enable',
      'simd',
      ...(relaxed ? ['--enable', 'relaxed-simd'] : []),
      ...options,
      // Optimisation does not change results; this level is the fastest to compile.
      '-O1',
      '--noAssert',
      '--runtime',
      'stub',
    ]);
    if (error) {
      process.send({ failure: `does not compile: ${stderr.toString().split('\n')[0]}`, changed });
      return;
    }
    const deflated = deflateSync(readFileSync(join(root, 'dist', `${name}.wasm`))).toString('base64');
    for (const [path, text] of [
      [join(root, 'src', 'generated', `${name}.ts`), `export const deflated: string = '${deflated}';\n`],
      [join(root, 'dist', 'generated', `${name}.js`), `export const deflated = '${deflated}';\n`],
    ]) {
      writeFileSync(path, text);
      changed.push(path);
    }
  }
  process.send({ changed });
});
process.send({ ready: true });
