import { readdirSync, statSync } from 'node:fs';
import { relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { inRoot } from './paths.mjs';

const KIB = 1024;

/** What an app pays for at most. The sizes are part of what the packages promise. */
const LIMITS = { wasm: 64 * KIB, app: 100 * KIB };

const inKib = (bytes) => `${(bytes / KIB).toFixed(1)} KiB`;

const line = (what, bytes, limit) => ({
  bytes,
  ok: bytes <= limit,
  text: `${what}: ${inKib(bytes)} (at most ${inKib(limit)})`,
});

/** The largest of the kernel's wasm files, as it is. */
function kernelSize() {
  const dist = inRoot('packages', 'kernel-as', 'dist');
  const files = readdirSync(dist).filter((name) => name.endsWith('.wasm'));
  const largest = Math.max(...files.map((name) => statSync(`${dist}/${name}`).size));
  return line('kernel, largest wasm', largest, LIMITS.wasm);
}

/**
 * What a browser downloads for an app, minified and gzipped: the script itself, what it always imports, and the one kernel that the browser
 * chooses (the larger is counted). What is loaded only when it is met (another backend, GGUF files, chat templates) does not count.
 */
async function appSize(what, app) {
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
  const always = new Set(Object.keys(outputs).filter((path) => outputs[path].entryPoint === '<stdin>'));
  for (const path of always) {
    for (const { path: next, kind } of outputs[path].imports)
      if (kind === 'import-statement') always.add(next);
  }
  const kernels = Object.keys(outputs).filter((path) => /\/(relaxed-)?simd-[^/]*$/.test(path));
  if (kernels.length !== 2)
    throw new Error(`sizes: expected two kernels of their own, found ${kernels.length}`);
  const script = [...always].reduce((sum, path) => sum + gzipped.get(path), 0);
  const kernel = Math.max(...kernels.map((path) => gzipped.get(path)));
  return line(`${what}, minified and gzipped`, script + kernel, LIMITS.app);
}

/**
 * Measures everything that has a limit: the kernel, an app that embeds, and one that generates. The packages must have been built.
 *
 * @returns {Promise<{ bytes: number, ok: boolean, text: string }[]>} each with its size, whether it is within its limit,
 *   and both to read
 */
export const sizes = async () => [
  kernelSize(),
  await appSize(
    'core to embed with MiniLM',
    `import { loadModel } from '@headwise/core';
    export const embed = async (url, text) => (await loadModel(url)).embed(text);`,
  ),
  await appSize(
    'core to generate with a Llama or GPT-2',
    `import { loadCausalLM } from '@headwise/core';
    export const generate = async (url, text) => (await loadCausalLM(url)).generate(text);`,
  ),
];
