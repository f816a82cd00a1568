import { expect } from 'vitest';

/** Largest allowed difference from a run in one thread, which sums in another order. */
export const TOLERANCE = 1e-5;

export function maxDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} numbers against ${b.length}`);
  let worst = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    if (!(difference <= worst)) worst = difference;
  }
  return worst;
}

export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, what = ''): void {
  expect(maxDifference(actual, expected), what).toBeLessThanOrEqual(TOLERANCE);
}
