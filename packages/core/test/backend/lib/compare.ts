/** A value is right when |error| ≤ absolute + relative · |expected|. */
export interface Tolerance {
  readonly absolute: number;
  readonly relative: number;
}

/** For one operation on values of order 1. A case that needs more states the reason. */
export const ONE_OPERATION: Tolerance = { absolute: 1e-5, relative: 1e-5 };

/** For operations that copy values. */
export const EXACT: Tolerance = { absolute: 0, relative: 0 };

/**
 * Describes the largest disagreement of two arrays; undefined if they agree. NaN equals NaN only.
 *
 * @param losses error allowed for each value beyond the tolerance
 */
export function disagreement(
  got: Float32Array,
  expected: Float32Array,
  { absolute, relative }: Tolerance,
  losses?: Float64Array,
): string | undefined {
  if (got.length !== expected.length) return `expected ${expected.length} values, got ${got.length}`;
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
