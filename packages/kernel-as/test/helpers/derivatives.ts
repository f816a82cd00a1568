import type { ActivationName } from '../../src/index.ts';
import { normal, sigmoid } from './exact.ts';

const SLOPE = 2 * Math.sqrt(2 / Math.PI);

/** Derivatives of the activation functions in float64, without cancellation: σ′(x) as σ(x) · σ(−x). */
export const activationDerivatives: Readonly<Record<ActivationName, (x: number) => number>> = {
  none: () => 1,
  relu: (x) => (x > 0 ? 1 : 0),
  gelu: (x) => normal(x) + (x * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI),
  geluTanh: (x) => {
    const y = SLOPE * (x + 0.044715 * x ** 3);
    return sigmoid(y) + x * sigmoid(y) * sigmoid(-y) * SLOPE * (1 + 3 * 0.044715 * x * x);
  },
  silu: (x) => sigmoid(x) + x * sigmoid(x) * sigmoid(-x),
  tanh: (x) => 1 / Math.cosh(x) ** 2,
  sigmoid: (x) => sigmoid(x) * sigmoid(-x),
  exp: Math.exp,
};
