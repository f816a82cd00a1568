import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'vite';
import type { PeerId } from '../src/engine/benchmark/contenders.ts';
import type { PeerFiles } from '../src/engine/benchmark/peer-files.ts';

/** The benchmarks install the engines of others here, from a lockfile of their own. */
const PEERS = fileURLToPath(new URL('../../../benchmarks/peers/', import.meta.url));
const installed = (...path: string[]): string => join(PEERS, 'node_modules', ...path);

/** Files of a peer by their names in the page. */
type Files = ReadonlyMap<string, Uint8Array>;

/** Where a version stands, and how the files are made: the smallest build of each engine, for one thread. */
const SOURCES: Readonly<Record<PeerId, { readonly manifest: string; files(): Promise<Files> }>> = {
  'onnxruntime-web': {
    manifest: installed('onnxruntime-web', 'package.json'),
    files: () =>
      copies(installed('onnxruntime-web', 'dist'), [
        'ort.wasm.bundle.min.mjs',
        'ort-wasm-simd-threaded.wasm',
      ]),
  },
  tfjs: {
    manifest: installed('@tensorflow', 'tfjs-core', 'package.json'),
    files: async () => {
      const wasm = installed('@tensorflow', 'tfjs-backend-wasm', 'dist');
      return new Map([
        ['tfjs.mjs', await bundle(join(PEERS, 'page-tfjs.js'))],
        ...(await copies(wasm, ['tfjs-backend-wasm-simd.wasm'])),
      ]);
    },
  },
};

/**
 * Puts the engines that Benchmark compares Headwise with into a build, under `peers/`, if `HEADWISE_PEERS` is 1; they must be installed. With or without
 * them `peers/peers.json` says which there are. They are no part of the bundle, so that the service worker does not fetch them.
 */
export function peers(): Plugin {
  const isWanted = process.env.HEADWISE_PEERS === '1';
  const all = new Map<string, Files>();
  let target = '';
  return {
    name: 'headwise:peers',
    configResolved(config) {
      target = resolve(config.root, config.build.outDir, 'peers');
    },
    configureServer(server) {
      server.middlewares.use('/peers/peers.json', (_, response) => {
        response.setHeader('Content-Type', 'application/json');
        response.end('{}');
      });
    },
    async generateBundle() {
      const described: Record<string, PeerFiles[PeerId]> = {};
      for (const [id, { manifest, files }] of isWanted ? Object.entries(SOURCES) : []) {
        if (!existsSync(manifest))
          throw new Error(`${manifest} does not exist: build the page by npm run playground -- --peers`);
        const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
        const contents = await files();
        all.set(id, contents);
        const bytes = [...contents.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
        described[id] = { version, bytes };
      }
      this.emitFile({ type: 'asset', fileName: 'peers/peers.json', source: JSON.stringify(described) });
    },
    async writeBundle() {
      if (!isWanted) return;
      for (const [id, files] of all) {
        for (const [name, content] of files) await write(join(target, id, name), content);
      }
      await write(join(target, 'LICENSES.txt'), await readFile(join(PEERS, 'LICENSES.txt')));
    },
  };
}

async function copies(folder: string, names: readonly string[]): Promise<Files> {
  const contents = names.map(async (name) => [name, await readFile(join(folder, name))] as const);
  return new Map(await Promise.all(contents));
}

async function write(path: string, content: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

/** A module and all that it imports, in one. */
async function bundle(entry: string): Promise<Uint8Array> {
  const built = await build({
    root: PEERS,
    configFile: false,
    logLevel: 'error',
    build: { write: false, target: 'es2022', lib: { entry, formats: ['es'], fileName: 'bundle' } },
  });
  const [output] = Array.isArray(built) ? built : [built];
  if (!output || !('output' in output)) throw new Error(`${entry} was not bundled`);
  return new TextEncoder().encode(output.output[0].code);
}
