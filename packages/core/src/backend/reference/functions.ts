import type { ActivationName } from '../backend.ts';

/**
 * erf(x) in float64: Taylor series (Abramowitz & Stegun 7.1.5) for |x| < 2.5, continued fraction of erfc (7.1.14) beyond, where the
 * series would cancel.
 */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (Number.isNaN(x)) return NaN;
  if (a > 6) return Math.sign(x);
  if (a < 2.5) {
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
      term *= -(x * x) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (a + fraction);
  return Math.sign(x) * (1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + fraction));
}

const SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);

/** The activation functions by their definitions. */
export const activationFunctions: Readonly<Record<ActivationName, (x: number) => number>> = {
  none: (x) => x,
  relu: (x) => Math.max(x, 0),
  gelu: (x) => (x < -20 ? 0 : 0.5 * x * (1 + erf(x / Math.SQRT2))),
  geluTanh: (x) => (x < -20 ? 0 : 0.5 * x * (1 + Math.tanh(SQRT_2_OVER_PI * (x + 0.044715 * x ** 3)))),
  silu: (x) => (x < -700 ? 0 : x / (1 + Math.exp(-x))),
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  exp: Math.exp,
};
