// Reference functions in float64.

/** erf by its Taylor series for small arguments and 1 − erfc by a continued fraction for large ones, to about 1e-15. */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a > 6) return Math.sign(x);
  if (a < 2) {
    // Kummer's form (Abramowitz & Stegun 7.1.6): all terms have one sign, so that there is no cancellation.
    let term = a;
    let sum = a;
    for (let n = 1; term > sum * 1e-17; n++) {
      term *= (2 * a * a) / (2 * n + 1);
      sum += term;
    }
    return Math.sign(x) * (2 / Math.sqrt(Math.PI)) * Math.exp(-a * a) * sum;
  }
  return Math.sign(x) * (1 - erfc(a));
}

/** 1 − erf(x) for x ≥ 2, by the continued fraction of Abramowitz & Stegun 7.1.14. */
export function erfc(x: number): number {
  let fraction = 0;
  for (let n = 200; n > 0; n--) fraction = n / 2 / (x + fraction);
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
}

/** The normal distribution function Φ, without the cancellation of 1 + erf for negative x. */
export function normal(x: number): number {
  const y = Math.abs(x) / Math.SQRT2;
  if (y < 2) return 0.5 * (1 + erf(x / Math.SQRT2));
  return x < 0 ? 0.5 * erfc(y) : 1 - 0.5 * erfc(y);
}

export const gelu = (x: number): number => x * normal(x);

export const silu = (x: number): number => x / (1 + Math.exp(-x));

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** With ½(1 + tanh y) = σ(2y), which does not cancel. */
export const geluTanh = (x: number): number =>
  x * sigmoid(2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3));
