// `npm run mutate`: changes the sources in small ways, one at a time, and runs the tests that reach the change. A mutant that no test
// notices survives. Works on a copy of the workspace, and writes results.json.
import { inRoot } from '../lib/paths.mjs';
import { testKernel } from './kernel.mjs';
import { apply, mutantsOf, rank } from './operators.mjs';
import { NOT_MUTATED, PER_ROOM, ROOMS, SEED } from './rooms.mjs';
import { acceptedMutants, readResults, scoreTable, writePage, writeResults } from './score.mjs';
import { Session } from './session.mjs';
import { testSwitched } from './switched.mjs';
import { filesOf, readSource } from './workspace.mjs';

const options = parseOptions(process.argv.slice(2));
if (options.show) {
  const mutant = chooseMutants(inRoot('.'), Object.keys(ROOMS)).find(({ id }) => id === options.show);
  if (!mutant) throw new Error(`mutate: no mutant is named ${options.show}`);
  process.stdout.write(apply(readSource(inRoot('.'), mutant.file), mutant));
} else if (options.score) {
  report();
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
  const known = ['--score', '--survivors', '--resume'];
  const unknown = args.find((arg) => arg.startsWith('--') && !known.includes(arg));
  if (unknown) throw new Error(`mutate: expected ${known.join(', ')}, --tests or --show, got ${unknown}`);
  return {
    show,
    tests,
    rooms: rooms.length > 0 ? rooms : Object.keys(ROOMS),
    score: args.includes('--score'),
    survivors: args.includes('--survivors'),
    resume: args.includes('--resume'),
  };
}

/** The mutants of each room with the smallest ranks, one of each line. */
function chooseMutants(root, rooms) {
  return rooms.flatMap((room) => {
    const { folder, package: owner, build } = ROOMS[room];
    const lines = new Set();
    return filesOf(root, folder, '.ts')
      .filter((file) => !NOT_MUTATED.test(file))
      .flatMap((file) => mutantsOf(file, readSource(root, file)))
      .map((mutant) => ({ ...mutant, room, owner, build, rank: rank(mutant.id, SEED) }))
      .sort((a, b) => a.rank - b.rank)
      .filter(({ file, line }) => !lines.has(`${file}:${line}`) && lines.add(`${file}:${line}`))
      .slice(0, PER_ROOM);
  });
}

async function run() {
  const session = new Session(options.rooms, options.tests);
  try {
    const chosen = chooseMutants(session.root, options.rooms);
    const before = new Map(readResults().mutants.map((mutant) => [mutant.id, mutant]));
    if (options.survivors) {
      for (const { id } of chosen) {
        const { status, by } = before.get(id) ?? {};
        if (status === 'killed' || status === 'timeout') session.results.set(id, { status, by });
      }
    }
    if (options.resume) session.resume(new Set(chosen.map(({ id }) => id)));
    const open = chosen.filter(({ id }) => !session.results.has(id));
    console.log(`${chosen.length} mutants, ${open.length} to test`);
    for (const owner of new Set(open.map((mutant) => mutant.owner))) {
      const own = open.filter((mutant) => mutant.owner === owner);
      await (own[0].build === 'wasm' ? testKernel(session, own) : testSwitched(session, own));
    }
    for (const { id } of open)
      if (!session.results.has(id))
        session.results.set(id, { status: options.tests ? 'untested' : 'survived' });
    writeResults(
      chosen.map(({ id, room, line }) => ({ id, room, line, ...session.results.get(id) })),
      options.rooms,
    );
    writePage();
  } finally {
    session.end();
  }
}

/** Prints the score and the survivors. Fails if there are some that accepted.json does not explain. */
function report() {
  const results = readResults();
  console.log(scoreTable(results));
  const accepted = acceptedMutants();
  const survivors = results.mutants.filter(({ status }) => status === 'survived');
  for (const { id } of survivors) console.log(`survived: ${id}\n    ${accepted.get(id) ?? 'not explained'}`);
  process.exitCode = survivors.every(({ id }) => accepted.has(id)) ? 0 : 1;
}
