import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { inRoot } from '../../../scripts/lib/paths.mjs';
import { PER_ROOM, ROOMS } from '../../../scripts/mutate/rooms.mjs';
import { acceptedMutants, readResults, scoreTable } from '../../../scripts/mutate/score.mjs';

const { mutants } = readResults();
const survivors = mutants.filter(({ status }) => status === 'survived');

describe('the results of npm run mutate', () => {
  test('are those of docs/testing.md', () => {
    expect(readFileSync(inRoot('docs', 'testing.md'), 'utf8')).toContain(`\n${scoreTable({ mutants })}\n`);
  });

  test('have at least 300 mutants, as many of each room, of which at least 90 % are killed', () => {
    expect(mutants.length).toBeGreaterThanOrEqual(300);
    for (const room of Object.keys(ROOMS)) {
      expect(mutants.filter((mutant) => mutant.room === room)).toHaveLength(PER_ROOM);
    }
    expect(1 - survivors.length / mutants.length).toBeGreaterThanOrEqual(0.9);
  });

  test('have a reason for each survivor, and none for others', () => {
    expect(survivors.map(({ id }) => id).sort()).toEqual([...acceptedMutants().keys()].sort());
  });
});
