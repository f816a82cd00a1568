import { statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { MODELS, modelBytes, modelNames } from '../../packages/models/scripts/models.mjs';
import { inRoot } from './paths.mjs';

const KIB = 1024;

/** Size limits in bytes: the wasm files of the kernel and of the modules that few apps load, and the download of an app. */
const LIMITS = { wasm: 64 * KIB, training: 48 * KIB, wide: 70 * KIB, embed: 70 * KIB, generate: 100 * KIB };

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
 * Download size of an app, bundled with Rolldown as Vite does, minified and gzipped: the script, its static imports, the larger of the two kernels
 * (a browser loads one), and the modules `onDemand` that are imported once the files of its model are read. Other code loaded on demand (reference
 * backend, extended module of the kernel, GGUF, chat templates) is not included. Rollup and webpack give about the same; esbuild splits the
 * code that modules on demand share with the app into small files, which takes about 9 KiB more.
 */
async function appSize(what, app, onDemand, limit) {
  const { rolldown } = await import('rolldown');
  const entry = inRoot('demo', 'app.js');
  const bundle = await rolldown({
    input: 'virtual:app',
    platform: 'browser',
    preserveEntrySignatures: false,
    plugins: [
      {
        name: 'app',
        resolveId: (id) => (id === 'virtual:app' ? entry : undefined),
        load: (id) => (id === entry ? app : undefined),
      },
    ],
  });
  const { output } = await bundle.generate({ format: 'esm', minify: true });
  await bundle.close();
  const chunks = new Map(
    output.filter(({ type }) => type === 'chunk').map((chunk) => [chunk.fileName, chunk]),
  );
  const gzipped = ({ code }) => gzipSync(code, { level: 9 }).length;
  const kernels = [...chunks.values()].filter(({ name }) => name === 'simd' || name === 'relaxed-simd');
  if (kernels.length !== 2) throw new Error(`sizes: expected two kernel chunks, got ${kernels.length}`);
  const isLoaded = ({ isEntry, facadeModuleId }) =>
    isEntry ||
    onDemand.some((module) => facadeModuleId?.replaceAll('\\', '/').endsWith(`core/dist/${module}`));
  const loaded = new Set([...chunks.values()].filter(isLoaded));
  if (loaded.size !== 1 + onDemand.length)
    throw new Error(`sizes: expected chunks of ${onDemand.join(', ')}`);
  for (const { imports } of loaded) for (const name of imports) loaded.add(chunks.get(name));
  const script = [...loaded].reduce((sum, chunk) => sum + gzipped(chunk), 0);
  return measurement(`${what}, minified and gzipped`, script + Math.max(...kernels.map(gzipped)), limit);
}

/**
 * Measures the kernel, its training module, an app that embeds and an app that generates. Requires built packages.
 *
 * @returns {Promise<{ bytes: number, ok: boolean, text: string }[]>} size, whether it is within the limit, and a line of
 *   text with both
 */
export const sizes = async () => [
  wasmSize('kernel and its extended module, larger build', ['', 'extended-'], LIMITS.wasm),
  wasmSize('training module of the kernel, larger build', ['training-'], LIMITS.training),
  wasmSize('module of 256-bit tiles, larger build', ['wide-'], LIMITS.wide),
  await appSize(
    'core to embed with MiniLM',
    `import { loadEncoder } from '@headwise/core';
    globalThis.embed = async (url, text) => (await loadEncoder(url)).embed(text);`,
    [],
    LIMITS.embed,
  ),
  await appSize(
    'core to generate with a Llama or GPT-2',
    `import { loadCausalLM } from '@headwise/core';
    globalThis.generate = async (url, text) => (await loadCausalLM(url)).generate(text);`,
    ['text/subword-components.js'],
    LIMITS.generate,
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
