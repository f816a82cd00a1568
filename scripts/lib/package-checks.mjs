import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkApiDocs } from './api-docs.mjs';
import { turbo } from './build.mjs';
import { packAll } from './pack.mjs';
import { capture } from './process.mjs';
import { modelSizes, sizes } from './sizes.mjs';

/** Entry points without code, which the type checks skip. */
const BARE_FILES = [
  './simd.wasm',
  './relaxed-simd.wasm',
  './extended-simd.wasm',
  './extended-relaxed-simd.wasm',
  './training-simd.wasm',
  './training-relaxed-simd.wasm',
  './package.json',
];

/** What every tarball holds beside the code. */
const DOCUMENTS = ['package.json', 'LICENSE', 'README.md', 'CHANGELOG.md'];

const checks = [
  {
    name: 'publint',
    command: (tarball) => ['publint', ['run', tarball, '--strict']],
  },
  {
    name: 'are the types wrong',
    command: (tarball) => [
      'attw',
      [tarball, '--profile', 'esm-only', '--no-color', '--exclude-entrypoints', ...BARE_FILES],
    ],
  },
];

/** The documents that a tarball lacks. */
async function missingDocuments(tarball) {
  const { code, output } = await capture('tar', ['-tzf', tarball]);
  if (code !== 0) throw new Error(`tar could not read ${tarball}:\n${output}`);
  const files = output.split(/\r?\n/);
  return DOCUMENTS.filter((name) => !files.includes(`package/${name}`));
}

function report(ok, text, details) {
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${text}`);
  if (!ok && details) console.log(details);
  return ok;
}

/** Runs publint and attw on the packed packages, knip, the API reference, and the size limits. Resolves to an exit code. */
export async function packageChecks() {
  if ((await turbo(['run', 'build', '--output-logs=errors-only'])) !== 0) return 1;

  const results = [];
  const directory = mkdtempSync(join(tmpdir(), 'headwise-pack-'));
  try {
    for (const [name, tarball] of await packAll(directory)) {
      for (const check of checks) {
        const { code, output } = await capture(...check.command(tarball));
        results.push(report(code === 0, `${check.name}: ${name}`, output));
      }
      const missing = await missingDocuments(tarball);
      results.push(report(missing.length === 0, `documents: ${name}`, `missing: ${missing.join(', ')}`));
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }

  const unused = await capture('knip', ['--no-progress']);
  results.push(report(unused.code === 0, 'knip', unused.output));
  const reference = await checkApiDocs();
  results.push(report(reference.ok, 'API reference', reference.output));
  for (const { ok, text } of [...(await sizes()), ...modelSizes()]) results.push(report(ok, text));
  return results.every(Boolean) ? 0 : 1;
}
