// Mutants of the AssemblyScript kernels: each is compiled, and the tests run with that module.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
  const training = mutant.file.includes('/assembly/training/');
  const name = `${training ? 'training-' : ''}${relaxed ? 'relaxed-simd' : 'simd'}`;
  for (const file of [`dist/${name}.wasm`, `src/generated/${name}.ts`, `dist/generated/${name}.js`]) {
    const path = join(session.root, mutant.owner, file);
    if (!built.has(path)) built.set(path, readFileSync(path));
  }
  const answer = await session.helper('compile-kernel.mjs', mutant.owner).ask({ training, relaxed }, 120_000);
  session.forget(answer?.changed ?? []);
  return answer ?? { failure: 'the compiler does not end' };
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
