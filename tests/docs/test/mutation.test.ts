import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { inRoot } from '../../../scripts/lib/paths.mjs';
import { findMutants, hashOfList, listedMutants } from '../../../scripts/mutate/list.mjs';
import { PER_ROOM, ROOMS } from '../../../scripts/mutate/rooms.mjs';
import { acceptedMutants, killedMutants, readResults, scoreTable } from '../../../scripts/mutate/score.mjs';

const results = readResults();
const { mutants } = results;
const killed = killedMutants(mutants);

describe('the results of npm run mutate', () => {
  test('are those of docs/testing.md', () => {
    expect(readFileSync(inRoot('docs', 'testing.md'), 'utf8')).toContain(`\n${scoreTable({ mutants })}\n`);
  });

  test('are of the listed mutants, which are at least 300, with as many of each room', () => {
    const listed = listedMutants();
    expect(results.list).toBe(hashOfList());
    expect(mutants.map(({ id }) => id).sort()).toEqual([...listed.keys()].sort());
    expect(listed.size).toBeGreaterThanOrEqual(300);
    for (const room of Object.keys(ROOMS)) {
      const own = mutants.filter((mutant) => mutant.room === room);
      expect(own.length).toBeGreaterThanOrEqual(PER_ROOM);
    }
  });

  test('have at least 90 % of the listed mutants killed, without those that are no longer in the sources', () => {
    const { missing } = findMutants(inRoot('.'), Object.keys(ROOMS));
    const current = killed.filter(({ id }) => !missing.includes(id));
    expect(current.length / mutants.length).toBeGreaterThanOrEqual(0.9);
  });

  test('have a reason for each mutant that was not killed, and none for others', () => {
    const rest = mutants.filter((mutant) => !killed.includes(mutant));
    expect(rest.map(({ id }) => id).sort()).toEqual([...acceptedMutants().keys()].sort());
    expect(rest.every(({ status }) => status === 'survived')).toBe(true);
  });
});
