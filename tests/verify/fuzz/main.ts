// Coverage-guided fuzzing of all readers: `npm run fuzz -- --seconds 60 --seed 1`; docs in packages/core/test/fuzz/README.md. Bundles the readers with counters
// in their branches, and runs the bundle. `--bundle DIR` only writes it.
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeBundle } from './bundle.ts';

const args = process.argv.slice(2);
const at = args.indexOf('--bundle');
const directory =
  at < 0
    ? fileURLToPath(new URL('dist', import.meta.url))
    : resolve(process.env.INIT_CWD ?? '', args[at + 1]!);
await writeBundle(directory);
if (at < 0) {
  const all = [join(directory, 'fuzz.mjs'), '--corpus', join(directory, 'corpus'), ...args];
  const { status } = spawnSync(process.execPath, all, { stdio: 'inherit' });
  process.exitCode = status ?? 1;
}
