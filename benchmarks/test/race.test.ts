import { describe, expect, it } from 'vitest';
import { race } from '../src/run/race.ts';

const options = { budgetMs: 40, turns: 4, minRuns: 2, longestMs: 1000, pauseMs: 0, shortestBatchMs: 1 };

function busy(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe('race', () => {
  it('times contenders in turns for their budgets', async () => {
    const order: string[] = [];
    const contender = (name: string, ms: number) => ({
      name,
      run() {
        order.push(name);
        busy(ms);
      },
    });
    const results = await race([contender('a', 2), contender('b', 4)], options);
    const turns = order.filter((name, i) => name !== order[i - 1]);
    // At least the warm-up and one timed turn: on a busy machine these may use up the budget.
    expect(turns.length).toBeGreaterThanOrEqual(4);
    for (const [name, ms] of [
      ['a', 2],
      ['b', 4],
    ] as const) {
      const { samples, runs, error } = results.get(name)!;
      expect(error).toBeUndefined();
      expect(runs).toBe(samples.length);
      expect(Math.min(...samples)).toBeGreaterThanOrEqual(ms);
    }
  });

  it('times short runs in batches and returns samples of one run', async () => {
    let calls = 0;
    const results = await race([{ name: 'short', run: () => calls++ }], options);
    const { samples, runs } = results.get('short')!;
    expect(runs).toBeGreaterThan(samples.length * 10);
    expect(calls).toBeGreaterThanOrEqual(runs);
    expect(Math.min(...samples)).toBeLessThan(0.05);
  });

  it('awaits asynchronous runs', async () => {
    const run = () => new Promise((resolve) => setTimeout(resolve, 5));
    const { samples } = (await race([{ name: 'slow', run }], options)).get('slow')!;
    expect(Math.min(...samples)).toBeGreaterThanOrEqual(4);
  });

  it('runs a contender slower than its budget the minimum number of times', async () => {
    const { runs } = (await race([{ name: 'slow', run: () => busy(50) }], options)).get('slow')!;
    expect(runs).toBe(options.minRuns);
  });

  it('stops before the minimum number of runs at longestMs', async () => {
    const { runs, samples } = (
      await race([{ name: 'slow', run: () => busy(50) }], { ...options, longestMs: 30 })
    ).get('slow')!;
    expect([runs, samples.length]).toEqual([1, 1]);
  });

  it('stops only the contender that throws', async () => {
    let runs = 0;
    const failing = {
      name: 'failing',
      run() {
        if (++runs > 3) throw new Error('out of memory');
        busy(1);
      },
    };
    const results = await race([failing, { name: 'well', run: () => busy(1) }], options);
    expect(results.get('failing')!.error).toEqual(new Error('out of memory'));
    expect(results.get('well')!.error).toBeUndefined();
    expect(results.get('well')!.runs).toBeGreaterThan(2);
  });
});
