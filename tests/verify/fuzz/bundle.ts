import fs, { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes, syncBuiltinESMExports } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Plugin, rolldown } from 'rolldown';
import { instrument } from './instrument.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const corpus = fileURLToPath(new URL('corpus', import.meta.url));
/** What is measured: the readers' packages, and the library that reads Parquet. */
const MEASURED = /\/packages\/(?:core|fleet|server)\/src\/.*\.ts$|\/node_modules\/hyparquet\/src\//;
/** Numbers and texts that mutations insert are as many as these at most. */
const MAX_WORDS = 6000;

/** Counters in what is measured, and the packages' sources in place of what was built of them. */
function measuring(): Plugin & { prelude(): string } {
  let counters = 0;
  const words = new Set<string | number>();
  return {
    name: 'measuring',
    async resolveId(id, importer) {
      if (!id.startsWith('@headwise/')) return;
      const resolved = await this.resolve(id, importer, { skipSelf: true });
      const source = resolved?.id.replace('/dist/', '/src/').replace(/\.js$/, '.ts');
      return source !== undefined && existsSync(source) ? source : resolved;
    },
    transform(code, id) {
      // Files of tests are read from a copy beside the bundle.
      const path = JSON.stringify(`files/${relative(root, id)}`);
      const placed = id.startsWith(join(root, 'packages'))
        ? code.replaceAll('import.meta.url', `new URL(${path}, import.meta.url).href`)
        : code;
      const script = id.endsWith('.ts') ? stripTypeScriptTypes(placed) : placed;
      if (!MEASURED.test(id)) return { code: script, moduleType: 'js' };
      const result = instrument(script, counters);
      counters = result.counters;
      for (const word of result.words) if (words.size < MAX_WORDS) words.add(word);
      return { code: result.code, moduleType: 'js' };
    },
    prelude: () =>
      `const __hits = new Uint8Array(${Math.ceil(counters / 8) * 8});\nglobalThis.headwiseFuzz = { hits: __hits, words: ${JSON.stringify([...words])} };`,
  };
}

/** The files that the readers' tests read when they start. */
async function filesOf(): Promise<ReadonlySet<string>> {
  const paths = new Set<string>();
  const read = fs.readFileSync;
  fs.readFileSync = ((path: string | URL, ...rest: [never]) => {
    if (path instanceof URL && path.pathname.includes('/test/fixtures/')) paths.add(fileURLToPath(path));
    return read(path, ...rest);
  }) as typeof read;
  syncBuiltinESMExports();
  try {
    await import('./readers.ts');
  } finally {
    fs.readFileSync = read;
    syncBuiltinESMExports();
  }
  return paths;
}

const RUN = `#!/bin/sh
# run.sh JOBS SECONDS OUT
cd "$(dirname "$0")" || exit 1
mkdir -p "$3"
exec ./node --no-warnings fuzz.mjs --jobs "$1" --seconds "$2" --seed 1000 --corpus corpus --out "$3" --log "$3/log.json"
`;

/**
 * Writes `fuzz.mjs`, which needs nothing but Node and the folders `files` and `corpus` beside it, and `run.sh`, which runs it on a machine that has no more
 * than an executable `node` there.
 */
export async function writeBundle(directory: string): Promise<void> {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const plugin = measuring();
  const bundle = await rolldown({
    input: fileURLToPath(new URL('guided/main.ts', import.meta.url)),
    platform: 'node',
    plugins: [plugin],
    logLevel: 'silent',
  });
  const { output } = await bundle.generate({
    format: 'esm',
    codeSplitting: false,
    keepNames: true,
    banner: () => plugin.prelude(),
  });
  await bundle.close();
  writeFileSync(join(directory, 'fuzz.mjs'), output[0].code);
  writeFileSync(join(directory, 'run.sh'), RUN, { mode: 0o755 });
  if (existsSync(corpus)) cpSync(corpus, join(directory, 'corpus'), { recursive: true });
  for (const path of await filesOf()) {
    const copy = join(directory, 'files', relative(root, path));
    mkdirSync(dirname(copy), { recursive: true });
    writeFileSync(copy, readFileSync(path));
  }
}
