import type { FloatBuffer } from '../memory/float-buffer.ts';

/** The settings of one step of Adam. */
export interface AdamStep {
  /** Divided by the bias correction of the first moment: learningRate / (1 − β₁ᵗ). */
  readonly stepSize: number;
  /** Bias correction of the second moment: √(1 − β₂ᵗ). */
  readonly correction: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Added to the gradient, times the value. */
  readonly weightDecay: number;
  /** Factor of the values before the step: decoupled weight decay. */
  readonly shrink: number;
}

/** The settings of one step of SGD. */
export interface SGDStep {
  readonly learningRate: number;
  readonly momentum: number;
  readonly dampening: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
  /** Whether the momentum buffer has no values yet. */
  readonly isFirst: boolean;
}

/** The elementwise steps of optimisers, over buffers of equal size. Values, moments and momentum buffers are changed in place. */
export interface UpdateRules {
  adam(
    values: FloatBuffer,
    gradient: FloatBuffer,
    first: FloatBuffer,
    second: FloatBuffer,
    step: AdamStep,
  ): void;
  /** `buffer` is absent without momentum. */
  sgd(values: FloatBuffer, gradient: FloatBuffer, buffer: FloatBuffer | undefined, step: SGDStep): void;
  /** Σ x², in float64. */
  sumOfSquares(x: FloatBuffer): number;
  /** x ·= factor. */
  scale(x: FloatBuffer, factor: number): void;
}

/** All steps in TypeScript, in float64. */
export const typescriptUpdates: UpdateRules = {
  adam({ data: values }, { data: gradient }, { data: first }, { data: second }, step) {
    const { stepSize, correction, beta1, beta2, epsilon, weightDecay, shrink } = step;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]! * shrink;
      const g = gradient[i]! + weightDecay * value;
      const m = beta1 * first[i]! + (1 - beta1) * g;
      const v = beta2 * second[i]! + (1 - beta2) * g * g;
      first[i] = m;
      second[i] = v;
      values[i] = value - (stepSize * m) / (Math.sqrt(v) / correction + epsilon);
    }
  },
  sgd({ data: values }, { data: gradient }, buffer, step) {
    const { learningRate, momentum, dampening, nesterov, weightDecay, isFirst } = step;
    const velocity = buffer?.data;
    for (let i = 0; i < values.length; i++) {
      const g = gradient[i]! + weightDecay * values[i]!;
      let direction = g;
      if (velocity) {
        velocity[i] = isFirst ? g : momentum * velocity[i]! + (1 - dampening) * g;
        direction = nesterov ? g + momentum * velocity[i]! : velocity[i]!;
      }
      values[i]! -= learningRate * direction;
    }
  },
  sumOfSquares({ data }) {
    let sum = 0;
    for (let i = 0; i < data.length; i++) sum += data[i]! ** 2;
    return sum;
  },
  scale({ data }, factor) {
    for (let i = 0; i < data.length; i++) data[i]! *= factor;
  },
};
