import { describe, expect, test } from 'vitest';
import { BATCH_TOKENS, planBatches } from './batching.ts';

const tokensOf = (lengths: readonly number[], batch: readonly number[]) =>
  batch.reduce((sum, index) => sum + lengths[index]!, 0);

describe('planBatches', () => {
  test('fills batches with the longest sequences first', () => {
    const lengths = [5, 300, 7, 200, 600, 100];
    const batches = planBatches(lengths);
    expect(batches).toEqual([[4], [1, 3], [5, 2, 0]]);
  });

  test('keeps batches within BATCH_TOKENS', () => {
    const lengths = Array.from({ length: 200 }, (_, i) => 1 + ((i * 37) % 130));
    const batches = planBatches(lengths);
    expect(batches.flat().sort((a, b) => a - b)).toEqual([...lengths.keys()]);
    for (const batch of batches) expect(tokensOf(lengths, batch)).toBeLessThanOrEqual(BATCH_TOKENS);
  });

  test('balances batches over several slots', () => {
    const lengths = Array.from({ length: 100 }, (_, i) => 10 + (i % 21));
    expect(planBatches(lengths)).toHaveLength(4);
    const batches = planBatches(lengths, 4);
    expect(batches).toHaveLength(16);
    expect(batches.flat().sort((a, b) => a - b)).toEqual([...lengths.keys()]);
    const tokens = batches.map((batch) => tokensOf(lengths, batch));
    expect(Math.min(...tokens) / Math.max(...tokens)).toBeGreaterThan(0.9);
    expect(tokens).toEqual([...tokens].sort((a, b) => b - a));
    expect(planBatches(Array(10).fill(30), 2)).toHaveLength(4);
  });

  test('gives every slot a sequence before one gets two', () => {
    expect(planBatches([20, 20, 20], 8)).toEqual([[0], [1], [2]]);
    expect(planBatches([5, 40, 5], 2)).toEqual([[1], [0, 2]]);
    expect(planBatches([], 8)).toEqual([]);
  });

  test('keeps batches within BATCH_TOKENS for several slots', () => {
    for (const count of [3, 10, 60, 400]) {
      const lengths = Array.from({ length: count }, (_, i) => 400 - ((i * 37) % 130));
      const batches = planBatches(lengths, 2);
      expect(batches.flat().sort((a, b) => a - b)).toEqual([...lengths.keys()]);
      for (const batch of batches) expect(tokensOf(lengths, batch)).toBeLessThanOrEqual(BATCH_TOKENS);
    }
  });
});
