// The mutants that are tried: mutants.json. Those of `chosen` were taken from the sources by a seeded hash of their names, and stay the same
// while their text is in the sources; those of `written` are faults that tests once missed.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { inRoot } from '../lib/paths.mjs';
import { mutantsOf, rank, writtenMutant } from './operators.mjs';
import { NOT_MUTATED, PER_ROOM, ROOMS, SEED } from './rooms.mjs';
import { filesOf, readSource } from './workspace.mjs';

const LIST = inRoot('scripts', 'mutate', 'mutants.json');

/** @returns {{ chosen: Record<string, string[]>, written: { room: string, name: string, file: string, from: string, to: string }[] }} */
function readList() {
  return existsSync(LIST) ? JSON.parse(readFileSync(LIST, 'utf8')) : { chosen: {}, written: [] };
}

/** The names of all mutants of the list by room, those in the sources and those that are gone. @returns {Map<string, string>} */
export function listedMutants() {
  const { chosen, written } = readList();
  return new Map([
    ...Object.entries(chosen).flatMap(([room, ids]) => ids.map((id) => [id, room])),
    ...written.map((entry) => [writtenId(entry), entry.room]),
  ]);
}

/** A hash of the names, kept with the results: they are those of this list. */
export function hashOfList() {
  return createHash('sha256')
    .update([...listedMutants().keys()].sort().join('\n'))
    .digest('hex')
    .slice(0, 16);
}

const writtenId = ({ file, name, from, to }) => `${file}#written ${name} [${from} → ${to}]`;

/** The mutants of the list in the sources below `root`, and the names of those whose text is gone. */
export function findMutants(root, rooms) {
  const { chosen, written } = readList();
  const inFile = new Map();
  const sourceMutants = (file) => {
    if (!inFile.has(file)) {
      const found = existsSync(`${root}/${file}`) ? mutantsOf(file, readSource(root, file)) : [];
      inFile.set(file, new Map(found.map((mutant) => [mutant.id, mutant])));
    }
    return inFile.get(file);
  };
  const found = [];
  const missing = [];
  for (const room of rooms) {
    const { package: owner, build } = ROOMS[room];
    const take = (id, mutant) =>
      mutant ? found.push({ ...mutant, id, room, owner, build }) : missing.push(id);
    for (const id of chosen[room] ?? []) take(id, sourceMutants(id.slice(0, id.indexOf('#'))).get(id));
    for (const entry of written.filter((entry) => entry.room === room)) {
      const { file } = entry;
      take(
        writtenId(entry),
        existsSync(`${root}/${file}`) && writtenMutant(file, readSource(root, file), entry),
      );
    }
  }
  return { found, missing };
}

/** Replaces chosen mutants whose text is gone by those with the smallest ranks that are not chosen yet, one of each line. */
export function renewList(root) {
  const { chosen, written } = readList();
  for (const [room, { folder }] of Object.entries(ROOMS)) {
    const all = filesOf(root, folder, '.ts')
      .filter((file) => !NOT_MUTATED.test(file))
      .flatMap((file) => mutantsOf(file, readSource(root, file)));
    const before = new Set(chosen[room]);
    const kept = all.filter(({ id }) => before.has(id));
    const lineOf = ({ file, line }) => `${file}:${line}`;
    const lines = new Set(kept.map(lineOf));
    const added = all
      .filter((mutant) => !before.has(mutant.id))
      .sort((a, b) => rank(a.id, SEED) - rank(b.id, SEED))
      .filter((mutant) => !lines.has(lineOf(mutant)) && lines.add(lineOf(mutant)))
      .slice(0, Math.max(0, PER_ROOM - kept.length));
    for (const { id } of added) console.log(`new: ${id}`);
    chosen[room] = [...kept, ...added].map(({ id }) => id).sort();
  }
  writeFileSync(LIST, `${JSON.stringify({ chosen, written }, null, 2)}\n`);
}
