import { describe, expect, test } from 'vitest';
import { BATCH_TOKENS, planBatches } from './batches.ts';

const tokensOf = (lengths: readonly number[], batch: readonly number[]) =>
  batch.reduce((sum, index) => sum + lengths[index]!, 0);

describe('planBatches', () => {
  test('takes the longest first, each once, and fills batches', () => {
    const lengths = [5, 300, 7, 200, 600, 100];
    const batches = planBatches(lengths);
    expect(batches).toEqual([[4], [1, 3], [5, 2, 0]]);
  });

  test('keeps to the limit, except for one sequence that is longer', () => {
    const lengths = Array.from({ length: 200 }, (_, i) => 1 + ((i * 37) % 130));
    const batches = planBatches(lengths);
    expect(batches.flat().sort((a, b) => a - b)).toEqual([...lengths.keys()]);
    for (const batch of batches) expect(tokensOf(lengths, batch)).toBeLessThanOrEqual(BATCH_TOKENS);
  });

  test('makes enough batches for several that compute at once, but none too small', () => {
    const lengths = Array.from({ length: 100 }, () => 20);
    expect(planBatches(lengths)).toHaveLength(4);
    expect(planBatches(lengths, 4).length).toBeGreaterThanOrEqual(16);
    expect(planBatches([20, 20, 20], 8)).toEqual([[0, 1, 2]]);
    expect(planBatches([], 8)).toEqual([]);
  });
});
