// The committed results of `npm run mutate`, and the table of docs/testing.md.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { inRoot } from '../lib/paths.mjs';
import { hashOfList, listedMutants } from './list.mjs';
import { ROOMS } from './rooms.mjs';

const RESULTS = inRoot('scripts', 'mutate', 'results.json');
const PAGE = inRoot('docs', 'testing.md');
const MARKED = /(<!-- mutation:begin -->\n)[\s\S]*(<!-- mutation:end -->)/;
const ACCEPTED = inRoot('scripts', 'mutate', 'accepted.json');

/** `list` is the hash of the list that the results are of. @returns {{ list?: string, mutants: { id: string, room: string, line: number, status: 'killed' | 'timeout' | 'survived' | 'untested', by?: string }[] }} */
export function readResults() {
  return existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, 'utf8')) : { mutants: [] };
}

/** Replaces the results of the rooms that were run, and leaves out those of mutants that are no longer listed. */
export function writeResults(mutants, rooms) {
  const listed = listedMutants();
  const found = new Map(mutants.map((mutant) => [mutant.id, mutant]));
  for (const mutant of readResults().mutants) {
    if (!found.has(mutant.id) && !rooms.includes(mutant.room)) found.set(mutant.id, mutant);
  }
  const names = Object.keys(ROOMS);
  const all = [...listed]
    .map(([id, room]) => found.get(id) ?? { id, room, status: 'untested' })
    .sort((a, b) => names.indexOf(a.room) - names.indexOf(b.room) || (a.id < b.id ? -1 : 1));
  const lines = all.map((mutant) => `    ${JSON.stringify(mutant)}`);
  writeFileSync(RESULTS, `{\n  "list": "${hashOfList()}",\n  "mutants": [\n${lines.join(',\n')}\n  ]\n}\n`);
}

/** Puts the table into the page. */
export function writePage() {
  const text = readFileSync(PAGE, 'utf8');
  writeFileSync(
    PAGE,
    text.replace(MARKED, (_, begin, end) => `${begin}${scoreTable(readResults())}\n${end}`),
  );
}

/** Survivors by id, with why no test can notice them or why none is wanted. */
export function acceptedMutants() {
  const { equivalent, accepted } = JSON.parse(readFileSync(ACCEPTED, 'utf8'));
  return new Map([...Object.entries(equivalent), ...Object.entries(accepted)]);
}

/**
 * The mutants that were killed, of these.
 * @template {{ status: string }} T
 * @param {T[]} mutants
 */
export function killedMutants(mutants) {
  return mutants.filter(({ status }) => status === 'killed' || status === 'timeout');
}

/** A table in Markdown: each room, and all. Mutants that an interrupted run did not come to count as not killed. */
export function scoreTable({ mutants }) {
  const rows = [...Object.keys(ROOMS), undefined].map((room) => {
    const own = mutants.filter((mutant) => room === undefined || mutant.room === room);
    const count = (...statuses) => own.filter(({ status }) => statuses.includes(status)).length;
    const killed = killedMutants(own).length;
    const percent = own.length === 0 ? '–' : `${((100 * killed) / own.length).toFixed(1)} %`;
    return `| ${room ?? 'all'} | ${own.length} | ${killed} | ${count('survived')} | ${count('untested')} | ${percent} |`;
  });
  return [
    '| room | mutants | killed | survived | not tested | score |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...rows,
  ].join('\n');
}
