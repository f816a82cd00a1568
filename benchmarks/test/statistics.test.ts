import { describe, expect, it } from 'vitest';
import { summarize } from '../src/run/statistics.ts';

describe('summarize', () => {
  it('gives the smallest and the middle sample', () => {
    expect(summarize([5, 1, 9])).toEqual({ best: 1, median: 5 });
  });

  it('takes the mean of the two in the middle of an even number', () => {
    expect(summarize([4, 1, 2, 10])).toEqual({ best: 1, median: 3 });
  });

  it('sorts by value and not by text, and leaves its argument alone', () => {
    const samples = [10, 9, 100];
    expect(summarize(samples)).toEqual({ best: 9, median: 10 });
    expect(samples).toEqual([10, 9, 100]);
  });

  it('refuses to make figures of nothing', () => {
    expect(() => summarize([])).toThrow('no samples');
  });
});
