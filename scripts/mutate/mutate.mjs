// `npm run mutate`: changes the sources in small ways, one at a time, and runs the tests that reach the change. A mutant that no test
// notices survives. Works on a copy of the workspace, and writes results.json.
import { inRoot } from '../lib/paths.mjs';
import { testKernel } from './kernel.mjs';
import { findMutants, renewList } from './list.mjs';
import { apply } from './operators.mjs';
import { ROOMS } from './rooms.mjs';
import { acceptedMutants, readResults, scoreTable, writePage, writeResults } from './score.mjs';
import { Session } from './session.mjs';
import { testSwitched } from './switched.mjs';
import { readSource } from './workspace.mjs';

const options = parseOptions(process.argv.slice(2));
if (options.show) {
  const mutant = findMutants(inRoot('.'), Object.keys(ROOMS)).found.find(({ id }) => id === options.show);
  if (!mutant) throw new Error(`mutate: no mutant is named ${options.show}`);
  process.stdout.write(apply(readSource(inRoot('.'), mutant.file), mutant));
} else if (options.score) {
  report();
} else if (options.renew) {
  renewList(inRoot('.'));
} else {
  await run();
  report();
}

function parseOptions(args) {
  const at = args.indexOf('--show');
  const show = at >= 0 ? args.splice(at, 2)[1] : undefined;
  const testsAt = args.indexOf('--tests');
  const tests = testsAt >= 0 ? new RegExp(args.splice(testsAt, 2)[1]) : undefined;
  const rooms = args.filter((arg) => !arg.startsWith('--'));
  for (const room of rooms) {
    if (!(room in ROOMS))
      throw new Error(`mutate: expected rooms of ${Object.keys(ROOMS).join(', ')}, got ${room}`);
  }
  const known = ['--score', '--survivors', '--resume', '--renew'];
  const unknown = args.find((arg) => arg.startsWith('--') && !known.includes(arg));
  if (unknown) throw new Error(`mutate: expected ${known.join(', ')}, --tests or --show, got ${unknown}`);
  return {
    show,
    tests,
    rooms: rooms.length > 0 ? rooms : Object.keys(ROOMS),
    score: args.includes('--score'),
    survivors: args.includes('--survivors'),
    resume: args.includes('--resume'),
    renew: args.includes('--renew'),
  };
}

async function run() {
  const session = new Session(options.rooms, options.tests);
  try {
    const { found, missing } = findMutants(session.root, options.rooms);
    for (const id of missing) console.log(`not in the sources: ${id}`);
    const before = new Map(readResults().mutants.map((mutant) => [mutant.id, mutant]));
    if (options.survivors) {
      for (const { id } of found) {
        const { status, by } = before.get(id) ?? {};
        if (status === 'killed' || status === 'timeout') session.results.set(id, { status, by });
      }
    }
    session.killers = new Map([...before].map(([id, { by }]) => [id, by]));
    if (options.resume) session.resume(new Set(found.map(({ id }) => id)));
    const open = found.filter(({ id }) => !session.results.has(id));
    console.log(`${found.length} mutants, ${open.length} to test`);
    for (const owner of new Set(open.map((mutant) => mutant.owner))) {
      const own = open.filter((mutant) => mutant.owner === owner);
      await (own[0].build === 'wasm' ? testKernel(session, own) : testSwitched(session, own));
    }
    // Where some test files alone were run, what they did not kill stays as it was, except what no test is expected to kill.
    const accepted = acceptedMutants();
    const unkilled = (id) =>
      options.tests && !accepted.has(id) ? (before.get(id)?.status ?? 'untested') : 'survived';
    for (const { id } of open)
      if (!session.results.has(id)) session.results.set(id, { status: unkilled(id) });
    writeResults(
      found.map(({ id, room, line }) => ({ id, room, line, ...session.results.get(id) })),
      options.rooms,
    );
    writePage();
  } finally {
    session.end();
  }
}

/**
 * Prints the score, the mutants whose text is gone, and the survivors. Fails if there are some that accepted.json does not explain, or
 * mutants that are gone.
 */
function report() {
  const results = readResults();
  console.log(scoreTable(results));
  const { missing } = findMutants(inRoot('.'), Object.keys(ROOMS));
  for (const id of missing) console.log(`not in the sources (npm run mutate -- --renew replaces it): ${id}`);
  const accepted = acceptedMutants();
  const survivors = results.mutants.filter(({ status }) => status === 'survived');
  for (const { id } of survivors) console.log(`survived: ${id}\n    ${accepted.get(id) ?? 'not explained'}`);
  const explained = survivors.every(({ id }) => accepted.has(id));
  process.exitCode = explained && missing.length === 0 ? 0 : 1;
}
