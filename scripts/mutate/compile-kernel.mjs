// Compiles one build of the kernel or of the training module in a copy of the workspace. Stays warm: mutate.mjs sends what to compile.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inRoot } from '../lib/paths.mjs';

const compiler = inRoot('packages/kernel-as/node_modules/assemblyscript/dist/asc.js');
const { default: asc } = await import(pathToFileURL(compiler).href);
const root = process.argv[2];

process.on('message', async ({ training, relaxed }) => {
  const name = `${training ? 'training-' : ''}${relaxed ? 'relaxed-simd' : 'simd'}`;
  const { error, stderr } = await asc.main([
    training ? 'assembly/training/index.ts' : 'assembly/index.ts',
    '--baseDir',
    root,
    '--outFile',
    `dist/${name}.wasm`,
    '--enable',
    'simd',
    ...(relaxed ? ['--enable', 'relaxed-simd'] : []),
    ...(training ? ['--importMemory', '--noExportMemory', '--memoryBase', '4096'] : []),
    // Optimisation does not change results; this level is the fastest to compile.
    '-O1',
    '--noAssert',
    '--runtime',
    'stub',
  ]);
  if (error) {
    process.send({ failure: `does not compile: ${stderr.toString().split('\n')[0]}` });
    return;
  }
  const base64 = readFileSync(join(root, 'dist', `${name}.wasm`)).toString('base64');
  const changed = [
    [join(root, 'src', 'generated', `${name}.ts`), `export const base64: string = '${base64}';\n`],
    [join(root, 'dist', 'generated', `${name}.js`), `export const base64 = '${base64}';\n`],
  ];
  for (const [path, text] of changed) writeFileSync(path, text);
  process.send({ changed: changed.map(([path]) => path) });
});
process.send({ ready: true });
