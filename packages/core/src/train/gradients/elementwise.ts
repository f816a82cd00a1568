import type { ActivationName } from '../../backend/backend.ts';
import { activationFunctions, erf } from '../../backend/reference/functions.ts';
import { ArrayFloats } from '../memory/float-buffer.ts';
import type { GradientRules } from './rules.ts';
import { GradientView } from './view.ts';

const SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/**
 * Derivatives of the activation functions. With Φ and φ the distribution function and density of the normal distribution, that of GELU is
 * Φ(x) + x · φ(x) (Hendrycks & Gimpel 2016, https://arxiv.org/abs/1606.08415). ReLU has the derivative 0 at 0, as in PyTorch.
 */
export const activationDerivatives: Readonly<Record<ActivationName, (x: number) => number>> = {
  none: () => 1,
  relu: (x) => (x > 0 ? 1 : 0),
  gelu: (x) => {
    if (Math.abs(x) > 20) return x > 0 ? 1 : 0;
    return 0.5 * (1 + erf(x / Math.SQRT2)) + (x * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
  },
  geluTanh: (x) => {
    if (Math.abs(x) > 20) return x > 0 ? 1 : 0;
    const tanh = Math.tanh(SQRT_2_OVER_PI * (x + 0.044715 * x ** 3));
    return 0.5 * (1 + tanh) + 0.5 * x * (1 - tanh * tanh) * SQRT_2_OVER_PI * (1 + 3 * 0.044715 * x * x);
  },
  silu: (x) => {
    if (x < -700) return 0;
    const s = sigmoid(x);
    return s * (1 + x * (1 - s));
  },
  tanh: (x) => 1 - Math.tanh(x) ** 2,
  sigmoid: (x) => sigmoid(x) * (1 - sigmoid(x)),
  exp: Math.exp,
};

/** to += factor · from. */
export const add: GradientRules['add'] = (from, to, factor) => {
  for (let row = 0; row < from.rows; row++) {
    const [a, b] = [from.start + row * from.stride, to.start + row * to.stride];
    for (let i = 0; i < from.width; i++) to.data[b + i]! += factor * from.data[a + i]!;
  }
};

/** Adds to the gradient of the source of a write; that of the overwritten values is zero. */
export const move: GradientRules['move'] = (from, to) => {
  const { rows, width, stride } = from;
  const values = to && new GradientView(new ArrayFloats(from.toArray()), 0, width, rows, width);
  const { data } = from;
  for (let row = 0; row < rows; row++) {
    const start = from.start + row * stride;
    data.fill(0, start, start + width);
  }
  if (to && values) add(values, to, 1);
};

/** y = f(x): dx += f′(x) · dy. */
export const activate: GradientRules['activate'] = ({ x, activation, dy, dx }) => {
  const derivative = activationDerivatives[activation];
  const values = x.values();
  for (let row = 0; row < dy.rows; row++) {
    const [from, to] = [dy.start + row * dy.stride, dx.start + row * dx.stride];
    for (let i = 0; i < dy.width; i++) {
      dx.data[to + i]! += derivative(values[row * dy.width + i]!) * dy.data[from + i]!;
    }
  }
};

/** y = f(a) · b with x = [a b]: da += f′(a) · b · dy, db += f(a) · dy (Shazeer 2020, https://arxiv.org/abs/2002.05202). */
export const gate: GradientRules['gate'] = ({ x, activation, dy, dx }) => {
  const derivative = activationDerivatives[activation];
  const f = activationFunctions[activation];
  const values = x.values();
  const n = dy.width;
  for (let row = 0; row < dy.rows; row++) {
    const to = dx.start + row * dx.stride;
    for (let i = 0; i < n; i++) {
      const [a, b] = [values[row * 2 * n + i]!, values[row * 2 * n + n + i]!];
      const gradient = dy.data[dy.start + row * dy.stride + i]!;
      dx.data[to + i]! += derivative(a) * b * gradient;
      dx.data[to + n + i]! += f(a) * gradient;
    }
  }
};
