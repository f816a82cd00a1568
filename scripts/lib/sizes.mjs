import { statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { MODELS, modelBytes, modelNames } from '../../packages/models/scripts/models.mjs';
import { inRoot } from './paths.mjs';

const KIB = 1024;

/** Size limits in bytes: the wasm files of the kernel and of its training module, and an app's download. */
const LIMITS = { wasm: 64 * KIB, training: 48 * KIB, app: 100 * KIB };

const inKib = (bytes) => `${(bytes / KIB).toFixed(1)} KiB`;

const measurement = (what, bytes, limit) => ({
  bytes,
  ok: bytes <= limit,
  text: `${what}: ${inKib(bytes)} (at most ${inKib(limit)})`,
});

/** Size of the larger of the two builds of modules of the kernel package together, uncompressed. */
function wasmSize(what, prefixes, limit) {
  const size = (file) => statSync(inRoot('packages', 'kernel-as', 'dist', `${file}.wasm`)).size;
  const builds = ['simd', 'relaxed-simd'].map((build) =>
    prefixes.reduce((sum, prefix) => sum + size(`${prefix}${build}`), 0),
  );
  const largest = Math.max(...builds);
  return measurement(what, largest, limit);
}

/**
 * Download size of an app, minified and gzipped: the script, its static imports, the larger of the two kernels (a browser loads one), and
 * the modules `onDemand` that are imported once the files of its model are read. The limit is for the part before that, which every app
 * downloads. Other code loaded on demand (reference backend, GGUF, chat templates) is not included.
 */
async function appSize(what, app, onDemand) {
  const { build } = await import('esbuild');
  const { outputFiles, metafile } = await build({
    stdin: { contents: app, resolveDir: inRoot('demo'), loader: 'js' },
    bundle: true,
    splitting: true,
    outdir: inRoot('demo', 'dist'),
    absWorkingDir: inRoot(),
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  const gzipped = new Map(
    outputFiles.map(({ path, contents }) => [
      relative(inRoot(), path).replaceAll('\\', '/'),
      gzipSync(contents, { level: 9 }).length,
    ]),
  );
  const { outputs } = metafile;
  const withImports = (entries) => {
    const chunks = new Set(Object.keys(outputs).filter((path) => entries.includes(outputs[path].entryPoint)));
    if (chunks.size !== entries.length) throw new Error(`sizes: expected chunks of ${entries.join(', ')}`);
    for (const path of chunks) {
      for (const { path: next, kind } of outputs[path].imports)
        if (kind === 'import-statement') chunks.add(next);
    }
    return chunks;
  };
  const kernels = Object.keys(outputs).filter((path) => /\/(relaxed-)?simd-[^/]*$/.test(path));
  if (kernels.length !== 2) throw new Error(`sizes: expected two kernel chunks, got ${kernels.length}`);
  const kernel = Math.max(...kernels.map((path) => gzipped.get(path)));
  const sizeOf = (entries) =>
    [...withImports(entries)].reduce((sum, path) => sum + gzipped.get(path), kernel);
  const first = sizeOf(['<stdin>']);
  const bytes = sizeOf(['<stdin>', ...onDemand.map((module) => `packages/core/dist/${module}`)]);
  return {
    bytes,
    ok: first <= LIMITS.app,
    text: `${what}, minified and gzipped: ${inKib(bytes)}, of which ${inKib(first)} (at most ${inKib(LIMITS.app)}) before the model's files`,
  };
}

/**
 * Measures the kernel, its training module, an app that embeds and an app that generates. Requires built packages.
 *
 * @returns {Promise<{ bytes: number, ok: boolean, text: string }[]>} size, whether it is within the limit, and a line of
 *   text with both
 */
export const sizes = async () => [
  wasmSize('kernel with the module for quantized weights, larger build', ['', 'quantized-'], LIMITS.wasm),
  wasmSize('training module of the kernel, larger build', ['training-'], LIMITS.training),
  await appSize(
    'core to embed with MiniLM',
    `import { loadEncoder } from '@headwise/core';
    export const embed = async (url, text) => (await loadEncoder(url)).embed(text);`,
    [],
  ),
  await appSize(
    'core to generate with a Llama or GPT-2',
    `import { loadCausalLM } from '@headwise/core';
    export const generate = async (url, text) => (await loadCausalLM(url)).generate(text);`,
    ['text/subword-components.js'],
  ),
];

/** Size limits of the shipped models in bytes, all files of a model together. */
const modelLimit = (name) => (name === 'ko-student' ? 3_000_000 : 1_000_000);

const inMb = (bytes) => `${(bytes / 1e6).toFixed(3)} MB`;

/** Measures the models in `packages/models`, as {@link sizes} does the packages. */
export const modelSizes = (folder = MODELS) =>
  modelNames(folder).map((name) => {
    const bytes = modelBytes(join(folder, name));
    const limit = modelLimit(name);
    return {
      bytes,
      ok: bytes <= limit,
      text: `model ${name}: ${inMb(bytes)} (at most ${inMb(limit)})`,
    };
  });
