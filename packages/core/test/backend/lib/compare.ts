/** A value is right when |error| ≤ absolute + relative · |expected|. */
export interface Tolerance {
  readonly absolute: number;
  readonly relative: number;
}

/** What one operation on values of order 1 may lose. Who needs more says why beside the number. */
export const ONE_OPERATION: Tolerance = { absolute: 1e-5, relative: 1e-5 };

/** For operations that only move values. */
export const EXACT: Tolerance = { absolute: 0, relative: 0 };

/**
 * The worst disagreement of two lists of values in words, or nothing if they agree. NaN agrees with NaN alone.
 *
 * @param losses what each value may lose beyond the tolerance
 */
export function disagreement(
  got: Float32Array,
  expected: Float32Array,
  { absolute, relative }: Tolerance,
  losses?: Float64Array,
): string | undefined {
  if (got.length !== expected.length) return `${got.length} values where ${expected.length} were expected`;
  let worst = 0;
  let at = -1;
  let wrong = 0;
  const boundOf = (index: number) =>
    absolute + relative * Math.abs(expected[index]!) + (losses?.[index] ?? 0);
  for (const [index, x] of expected.entries()) {
    const y = got[index]!;
    if (x === y || (Number.isNaN(x) && Number.isNaN(y))) continue;
    const error = Math.abs(y - x);
    const excess = Number.isFinite(error) ? error / boundOf(index) : Infinity;
    if (excess <= 1) continue;
    wrong++;
    if (excess > worst) {
      worst = excess;
      at = index;
    }
  }
  if (wrong === 0) return undefined;
  return `${wrong} of ${got.length} values differ; at ${at} got ${got[at]}, expected ${expected[at]} ± ${boundOf(at).toExponential(1)}`;
}
