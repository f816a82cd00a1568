// Mutants of the AssemblyScript kernels: each is compiled, and the tests run with that module.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { modules } from '../../packages/kernel-as/scripts/modules.mjs';
import { apply } from './operators.mjs';
import { kernelTests } from './rooms.mjs';
import { readSource, writeSource } from './workspace.mjs';

export async function testKernel(session, mutants) {
  /** What is generated from the kernels, by path, as it was. */
  const built = new Map();
  for (const mutant of mutants) {
    // The plain build; then, for what only the other build contains, that one.
    for (const relaxed of [false, true]) {
      const original = readSource(session.root, mutant.file);
      const { failure } = await compile(session, mutant, apply(original, mutant), relaxed, built);
      if (failure) session.record(mutant, 'killed', 'the compiler');
      else await runTests(session, mutant);
      writeSource(session.root, mutant.file, original, 'wasm');
      for (const [path, bytes] of built) writeFileSync(path, bytes);
      session.forget([...built.keys()]);
      if (session.results.has(mutant.id)) break;
    }
  }
}

async function compile(session, mutant, text, relaxed, built) {
  writeSource(session.root, mutant.file, text, 'wasm');
  const assembly = join(session.root, mutant.owner);
  const affected = modules
    .filter(({ entry }) => importsOf(join(assembly, entry)).has(join(session.root, mutant.file)))
    .map(({ prefix, ...module }) => ({ ...module, name: `${prefix}${relaxed ? 'relaxed-simd' : 'simd'}` }));
  for (const { name } of affected) {
    for (const file of [`dist/${name}.wasm`, `src/generated/${name}.ts`, `dist/generated/${name}.js`]) {
      const path = join(assembly, file);
      if (!built.has(path)) built.set(path, readFileSync(path));
    }
  }
  const helper = session.helper('compile-kernel.mjs', mutant.owner);
  const answer = await helper.ask({ modules: affected, relaxed }, 240_000);
  session.forget(answer?.changed ?? []);
  return answer ?? { failure: 'the compiler does not end' };
}

/** A file of AssemblyScript and all that it imports, by themselves and by others. */
function importsOf(path, found = new Set()) {
  if (found.has(path)) return found;
  found.add(path);
  for (const [, name] of readFileSync(path, 'utf8').matchAll(/\bfrom '(\.[^']*)'/g)) {
    const base = join(dirname(path), name);
    const file = [base, `${base}.ts`, join(base, 'index.ts')].find(
      (candidate) => existsSync(candidate) && candidate.endsWith('.ts'),
    );
    if (!file) throw new Error(`${path} imports ${name}, which is no file`);
    importsOf(file, found);
  }
  return found;
}

async function runTests(session, mutant) {
  for (const { package: owner, file, env } of kernelTests(mutant.file)) {
    const test = { file: join(session.root, owner, file), env };
    const answer = await session.helper('runner.mjs', owner).ask(test, 180_000);
    if (!answer) session.record(mutant, 'timeout', `${owner}/${file}`);
    else if (answer.failure) session.record(mutant, 'killed', `${owner}/${file}`);
    if (session.results.has(mutant.id)) return;
  }
}
