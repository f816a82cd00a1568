import type { Platform } from '../engines/platform.ts';
import type { RaceOptions } from './race.ts';

/**
 * Timing of the benchmarks. With several threads, turns begin after a pause: onnxruntime's threads spin for about 30 ms after a run.
 */
export function raceOptions(kind: Platform['kind'], quick: boolean, threads: number): RaceOptions {
  const pauseMs = threads > 1 ? 60 : 0;
  const shortestBatchMs = kind === 'node' ? 1 : 10;
  return quick
    ? { budgetMs: 60, turns: 3, minRuns: 2, longestMs: 5000, pauseMs, shortestBatchMs }
    : { budgetMs: 1500, turns: 12, minRuns: 3, longestMs: 15_000, pauseMs, shortestBatchMs };
}
