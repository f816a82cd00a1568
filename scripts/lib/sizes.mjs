import { readdirSync, statSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { inRoot } from './paths.mjs';

const KIB = 1024;

/** What an app pays for at most. The sizes are part of what the packages promise. */
const LIMITS = { wasm: 64 * KIB, embedding: 100 * KIB };

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

/** What a browser downloads to embed a sentence: core, the kernel's both builds, the tokenizer; minified and gzipped. */
async function embeddingSize() {
  const { build } = await import('esbuild');
  const app = `import { loadModel } from '@headwise/core';
    export const embed = async (url, text) => (await loadModel(url)).embed(text);`;
  const result = await build({
    stdin: { contents: app, resolveDir: inRoot('demo'), loader: 'js' },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    write: false,
    logLevel: 'silent',
  });
  const bytes = gzipSync(result.outputFiles[0].contents, { level: 9 }).length;
  return line('core to embed with MiniLM, minified and gzipped', bytes, LIMITS.embedding);
}

/**
 * Measures everything that has a limit: the kernel, and an app that embeds. The packages must have been built.
 *
 * @returns {Promise<{ bytes: number, ok: boolean, text: string }[]>} each with its size, whether it is within its limit,
 *   and both to read
 */
export const sizes = async () => [kernelSize(), await embeddingSize()];
