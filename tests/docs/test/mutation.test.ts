import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { inRoot } from '../../../scripts/lib/paths.mjs';
import { PER_ROOM, ROOMS } from '../../../scripts/mutate/rooms.mjs';
import { acceptedMutants, readResults, scoreTable } from '../../../scripts/mutate/score.mjs';

const { mutants } = readResults();

describe('the results of npm run mutate', () => {
  test('are those of docs/testing.md', () => {
    expect(readFileSync(inRoot('docs', 'testing.md'), 'utf8')).toContain(`\n${scoreTable({ mutants })}\n`);
  });

  test('have at least 300 mutants, as many of each room', () => {
    expect(mutants.length).toBeGreaterThanOrEqual(300);
    for (const room of Object.keys(ROOMS)) {
      expect(mutants.filter((mutant) => mutant.room === room)).toHaveLength(PER_ROOM);
    }
  });

  test('have a reason for each survivor', () => {
    const accepted = acceptedMutants();
    const survivors = mutants.filter(({ status }) => status === 'survived').map(({ id }) => id);
    expect(survivors.filter((id) => !accepted.has(id))).toEqual([]);
  });
});
