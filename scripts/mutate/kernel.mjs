// Mutants of the AssemblyScript kernels: each is compiled, and the tests run with that module.
import { join } from 'node:path';
import { apply } from './operators.mjs';
import { kernelTests } from './rooms.mjs';
import { readSource, writeSource } from './workspace.mjs';

export async function testKernel(session, mutants) {
  for (const mutant of mutants) {
    // The plain build; then, for what only the other build contains, that one.
    for (const relaxed of [false, true]) {
      const original = readSource(session.root, mutant.file);
      const compiled = await compile(session, mutant, apply(original, mutant), relaxed);
      if (compiled.failure) session.record(mutant, 'killed', 'the compiler');
      else await runTests(session, mutant);
      await compile(session, mutant, original, relaxed);
      if (session.results.has(mutant.id)) break;
    }
  }
}

async function compile(session, mutant, text, relaxed) {
  writeSource(session.root, mutant.file, text, 'wasm');
  const training = mutant.file.includes('/assembly/training/');
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
