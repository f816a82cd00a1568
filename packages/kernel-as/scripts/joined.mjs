// Counts what V8 joins to operations of 256 bits in each function of the wide module, and fails if a tile does not pair wholly.
//
//   node packages/kernel-as/scripts/joined.mjs path/to/node [simd|relaxed-simd]
//
// The Node that is named must have V8's flags for it (26 or newer). V8 reports one tree of operations for each pair of neighbouring stores.
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import { modules } from './modules.mjs';

/** Functions that must pair wholly. Others have parts that cannot, such as the single panels of an odd number. */
const WHOLE =
  /\/(tile16<|tile8x16<|tile4x16<|vector8<|vector4<|vectorPanels$|wideExponentials$|activatePairs<|scaleRow$|layerNorm$)/;
const FLAGS = [
  '--experimental-wasm-revectorize',
  '--trace-wasm-revectorize',
  // Everything is compiled at once by the optimising compiler, in this thread: reports are not mixed.
  ...['--no-liftoff', '--no-wasm-lazy-compilation', '--no-wasm-dynamic-tiering', '--single-threaded'],
];

async function compileWithNames(build, directory) {
  const { entry, options } = modules.find(({ prefix }) => prefix === 'wide-');
  const file = join(directory, `${build}.wasm`);
  const features = build === 'simd' ? ['simd'] : ['simd', 'relaxed-simd'];
  const { error, stderr } = await asc.main([
    entry,
    ...['--baseDir', join(dirname(fileURLToPath(import.meta.url)), '..')],
    ...['--outFile', file, '--debug', '-O3', '--noAssert', '--runtime', 'stub', '--converge'],
    ...features.flatMap((feature) => ['--enable', feature]),
    ...options,
  ]);
  if (error) throw new Error(`asc could not compile the wide module: ${stderr}`, { cause: error });
  return file;
}

/** The functions with the numbers of trees that were and were not built. */
function report(node, file) {
  const script = `new WebAssembly.Module(require('node:fs').readFileSync(process.argv[1]))`;
  const { status, stdout } = spawnSync(node, [...FLAGS, '-e', script, file], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`${node} ended with ${status}: it needs V8's flags ${FLAGS.join(' ')}`);
  const count = (text, pattern) => text.match(pattern)?.length ?? 0;
  return stdout
    .split('Begin revec function ')
    .slice(1)
    .map((text) => ({
      name: /^\S+/.exec(text)?.[0] ?? '',
      joined: count(text, /After tree building/g),
      failed: count(text, /Building SLP tree failed/g),
      used: text.includes('Decided to vectorize'),
    }));
}

const [node, build = 'relaxed-simd'] = process.argv.slice(2);
if (node === undefined || !['simd', 'relaxed-simd'].includes(build)) {
  console.error('joined: expected the path of a Node executable, and simd or relaxed-simd');
  process.exit(2);
}
const directory = await mkdtemp(join(tmpdir(), 'headwise-joined-'));
try {
  const functions = report(node, await compileWithNames(build, directory)).filter(
    ({ joined, failed }) => joined + failed > 0,
  );
  for (const { name, joined, failed } of functions) console.log(`${joined} joined, ${failed} not: ${name}`);
  const tiles = functions.filter(({ name }) => WHOLE.test(name));
  const broken = tiles.filter(({ failed, used }) => failed > 0 || !used);
  console.log(`${tiles.length} tiles, ${broken.length} of them not wholly joined`);
  for (const { name, failed } of broken)
    console.error(`joined: ${failed} pairs of stores of ${name} are not joined`);
  if (tiles.length < 20 || broken.length > 0) process.exitCode = 1;
} finally {
  await rm(directory, { recursive: true, force: true });
}
