// Mutants of TypeScript: all are in the sources at once, each with a switch (see operators.mjs).
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withSwitches } from './operators.mjs';
import { MOST_FRESH_RUNS, NOT_RUN } from './rooms.mjs';
import { filesOf, readSource, writeSource } from './workspace.mjs';

/** Tests all mutants of one package. */
export async function testSwitched(session, mutants) {
  const { root, results } = session;
  const [{ owner, build }] = mutants;
  mutants.forEach((mutant, index) => {
    mutant.index = index;
  });
  for (const file of new Set(mutants.map((mutant) => mutant.file))) {
    const text = readSource(root, file);
    const own = mutants.filter((mutant) => mutant.file === file);
    session.forget(writeSource(root, file, withSwitches(text, own), build));
  }
  /** Test files that reach a mutant only while modules are loaded, or where its failure may be due to another: each needs a new process. */
  const fresh = new Map(mutants.map(({ index }) => [index, []]));
  const killers = new Set(mutants.map(({ id }) => session.killers.get(id)));
  for (const path of testFiles(root, owner, killers).filter((path) => session.tests?.test(path) ?? true)) {
    let open = mutants.filter(({ id }) => !results.has(id)).map(({ index }) => index);
    while (open.length > 0) {
      const { lines, hung, failure } = await runFile(session, owner, path, open);
      if (failure) console.log(`${path} fails without a mutant and is left out: ${failure}`);
      for (const { index, killed, unsure, atImport } of lines) {
        if (killed) session.record(mutants[index], 'killed', path);
        if (unsure || atImport) fresh.get(index).push(path);
      }
      if (hung === undefined) {
        // What was not tested after a failure of the file itself.
        const complete = failure || lines.some((line) => line.complete);
        if (complete) break;
      } else session.record(mutants[hung], 'timeout', path);
      const tested = new Set(lines.filter(({ passed, ends }) => passed || ends).map(({ index }) => index));
      const unsettled = lines.filter(({ ends }) => ends).map(({ index }) => index);
      for (const index of unsettled) if (!results.has(mutants[index].id)) fresh.get(index).push(path);
      const rest = open.filter((index) => !tested.has(index) && index !== hung);
      if (rest.length === open.length) break;
      open = rest;
    }
  }
  for (const mutant of mutants) {
    for (const path of fresh.get(mutant.index).slice(0, MOST_FRESH_RUNS)) {
      if (results.has(mutant.id)) break;
      const test = { file: join(root, path), env: { HEADWISE_MUTANT: String(mutant.index) } };
      const answer = await session.helper('runner.mjs', owner).ask(test, 120_000);
      if (!answer) session.record(mutant, 'timeout', path);
      else if (answer.failure) session.record(mutant, 'killed', path);
    }
  }
}

/**
 * Files that killed a mutant before come first; then cheap tests of few parts, those of whole models last: what is killed already is not
 * run again.
 */
const ORDER = [
  /\/src\//,
  /\/(nn|text|weights|extremes)/,
  /\/(generate|tasks)/,
  /\/(load|backend)/,
  /\/models/,
];
const LATE = /conformance|accuracy|faults|batch|endpoints|decoders|decoder-families/;

function testFiles(root, owner, killers) {
  const files = filesOf(root, owner, '.test.ts').filter(
    (path) => !NOT_RUN[owner].test(path.slice(owner.length + 1)),
  );
  const place = (path) => {
    if (LATE.test(path)) return ORDER.length + (killers.has(path) ? 0 : 1);
    if (killers.has(path)) return -1;
    const found = ORDER.findIndex((pattern) => pattern.test(path));
    return found < 0 ? ORDER.length : found;
  };
  return files.sort((a, b) => place(a) - place(b));
}

/** Runs a test file with each of the open mutants that it reaches. */
async function runFile(session, owner, path, open) {
  const names = ['job.json', 'done.txt', 'reached.txt'].map((name) => join(session.cache, name));
  const [job, done, reached] = names;
  writeFileSync(job, JSON.stringify({ open, done }));
  writeFileSync(done, '');
  writeFileSync(reached, '');
  const helper = session.helper('runner.mjs', owner);
  const env = { HEADWISE_JOB: job, HEADWISE_REACHED: reached };
  const lines = () =>
    (existsSync(done) ? readFileSync(done, 'utf8') : '')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  let hung;
  let [count, since] = [0, Date.now()];
  const watch = setInterval(() => {
    const all = lines();
    if (all.length !== count) [count, since] = [all.length, Date.now()];
    const last = all.at(-1);
    if (Date.now() - since < (last?.limit ?? 180_000)) return;
    if (last?.starts) hung = last.index;
    helper.end();
  }, 1000);
  const answer = await helper.ask({ file: join(session.root, path), env }, 1_800_000);
  clearInterval(watch);
  const all = lines();
  const first = all.find((line) => line.milliseconds !== undefined);
  if (first?.reached)
    console.log(`${path}: ${first.reached} mutants, ${Math.round(first.milliseconds)} ms each`);
  // A process that ended by itself, for example for want of memory, is the doing of the mutant that ran.
  if (answer?.failure && all.at(-1)?.starts) hung = all.at(-1).index;
  const failure = all.length === 0 ? (answer?.failure ?? (answer ? undefined : 'it hangs')) : undefined;
  return { lines: all, hung, failure };
}
