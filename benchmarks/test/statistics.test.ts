import { describe, expect, it } from 'vitest';
import { summarize } from '../src/run/statistics.ts';

describe('summarize', () => {
  it('returns minimum and median', () => {
    expect(summarize([5, 1, 9])).toEqual({ best: 1, median: 5 });
  });

  it('averages the two middle samples of an even number', () => {
    expect(summarize([4, 1, 2, 10])).toEqual({ best: 1, median: 3 });
  });

  it('sorts numerically and does not change its argument', () => {
    const samples = [10, 9, 100];
    expect(summarize(samples)).toEqual({ best: 9, median: 10 });
    expect(samples).toEqual([10, 9, 100]);
  });

  it('throws RangeError without samples', () => {
    expect(() => summarize([])).toThrow('no samples');
  });
});
