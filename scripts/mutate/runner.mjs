// Runs test files of one package, one at a time, in a Vitest that stays warm. Started by mutate.mjs, which sends the files and ends the
// process when one does not come back.
import { createVitest } from 'vitest/node';
import { inRoot } from '../lib/paths.mjs';

const vitest = await createVitest('test', {
  root: process.argv[2],
  watch: false,
  // What is built is changed on purpose.
  globalSetup: [],
  bail: 1,
  reporters: [{}],
  runner: inRoot('scripts', 'mutate', 'switching-runner.mjs'),
  maxWorkers: 1,
  fileParallelism: false,
  // A failing mutant is reported by its first failing test.
  testTimeout: 60_000,
});
await vitest.standalone();

process.on('message', async ({ file, env = {}, changed }) => {
  const before = Object.fromEntries(Object.keys(env).map((name) => [name, process.env[name]]));
  Object.assign(process.env, env);
  for (const path of changed) vitest.invalidateFile(path);
  const started = performance.now();
  let failure;
  try {
    const specification = vitest.getRootProject().createSpecification(file);
    const { testModules, unhandledErrors } = await vitest.runTestSpecifications([specification], false);
    failure = failureOf(testModules, unhandledErrors);
  } catch (error) {
    failure = String(error);
  }
  for (const [name, value] of Object.entries(before)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  process.send({ failure, milliseconds: performance.now() - started });
});
process.send({ ready: true });

/** The name of the first failing test, or an error outside of tests. */
function failureOf(modules, errors) {
  for (const module of modules) {
    for (const test of module.children.allTests('failed')) return test.fullName;
    for (const error of module.errors()) return error.message;
    if (module.state() === 'failed') return 'a hook or a suite failed';
  }
  return errors.length > 0 ? String(errors[0].message ?? errors[0]) : undefined;
}
