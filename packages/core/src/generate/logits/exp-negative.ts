// e^−d = e^−i · e^−(j/1024) · e^r with integers i and j and |r| ≤ 1/2048: two tables, and the power series to float64 precision.
const STEPS = 1024;
const FRACTIONS = Float64Array.from({ length: STEPS }, (_, j) => series(-j / STEPS));
const WHOLES = Float64Array.from({ length: 709 }, (_, i) => whole(i));

/** e^x for |x| ≤ 1. IEEE sums and products are the same on every platform, `Math.exp` is not. */
function series(x: number): number {
  let sum = 1;
  for (let i = 24; i >= 1; i--) sum = 1 + (x / i) * sum;
  return sum;
}

/** e^−i = 2^−k · e^r with |r| ≤ ln 2. ln 2 is split into two parts, so that k times the upper one is exact (as in fdlibm). */
function whole(i: number): number {
  const k = Math.round(i / Math.LN2);
  return series(k * 0.6931471803691238 - i + k * 1.9082149292705877e-10) * 2 ** -k;
}

/**
 * e^x for x ≤ 0 with a relative error below 5e-15, bit-identical on every platform. `Math.exp` may differ in its last bit, so that a seed
 * would not give the same tokens everywhere. Below −708 it is 0.
 */
export function expNegative(x: number): number {
  if (!(x > -708)) return x <= -708 ? 0 : Number.NaN;
  const n = (0.5 - x * STEPS) | 0;
  const r = n * (1 / STEPS) + x;
  return WHOLES[n >> 10]! * FRACTIONS[n & (STEPS - 1)]! * (1 + r * (1 + r * (0.5 + r * (1 / 6))));
}
