import type { Parameter, ParameterSet } from '../parameters/parameters.ts';
import { checkNumber, Optimizer, type OptimizerOptions } from './optimizer.ts';

/** Options of {@link Adam} and {@link AdamW}, with PyTorch's defaults. */
export interface AdamOptions extends OptimizerOptions {
  /** Default 0.001. */
  readonly learningRate?: number;
  /** Decay rates of the moments. Default [0.9, 0.999]. */
  readonly betas?: readonly [number, number];
  /** Added to the denominator. Default 1e-8. */
  readonly epsilon?: number;
}

/** The moments of a parameter, and the number of its steps. */
interface Moments {
  readonly first: Float32Array;
  readonly second: Float32Array;
  steps: number;
}

/**
 * Adam (Kingma & Ba 2015, https://arxiv.org/abs/1412.6980), as PyTorch's `torch.optim.Adam`: g += weightDecay · p; m = β₁ · m + (1 − β₁) · g;
 * v = β₂ · v + (1 − β₂) · g²; p −= learningRate · m̂ / (√v̂ + ε), with m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ). Default weight decay 0.
 */
export class Adam extends Optimizer<Moments> {
  readonly #betas: readonly [number, number];
  readonly #epsilon: number;

  constructor(parameters: ParameterSet, options: AdamOptions = {}) {
    const { learningRate = 1e-3, betas = [0.9, 0.999], epsilon = 1e-8, weightDecay = 0 } = options;
    super(parameters, learningRate, weightDecay);
    for (const beta of betas) checkNumber('betas', beta, 0, 1);
    checkNumber('epsilon', epsilon, 0, Infinity);
    this.#betas = betas;
    this.#epsilon = epsilon;
  }

  protected createState({ values }: Parameter): Moments {
    return { first: new Float32Array(values.length), second: new Float32Array(values.length), steps: 0 };
  }

  protected update(parameter: Parameter, state: Moments, weightDecay: number): void {
    this.updateMoments(parameter, state, weightDecay);
  }

  /** One step, with weight decay added to the gradient. */
  protected updateMoments({ values, gradient }: Parameter, state: Moments, weightDecay: number): void {
    const { first, second } = state;
    const [beta1, beta2] = this.#betas;
    state.steps++;
    const stepSize = this.learningRate / (1 - beta1 ** state.steps);
    const correction = Math.sqrt(1 - beta2 ** state.steps);
    for (let i = 0; i < values.length; i++) {
      const g = gradient[i]! + weightDecay * values[i]!;
      const m = beta1 * first[i]! + (1 - beta1) * g;
      const v = beta2 * second[i]! + (1 - beta2) * g * g;
      first[i] = m;
      second[i] = v;
      values[i]! -= (stepSize * m) / (Math.sqrt(v) / correction + this.#epsilon);
    }
  }
}

/**
 * Adam with decoupled weight decay (Loshchilov & Hutter 2019, https://arxiv.org/abs/1711.05101), as PyTorch's `torch.optim.AdamW`:
 * p −= learningRate · weightDecay · p before the step of {@link Adam}. Default weight decay 0.01.
 */
export class AdamW extends Adam {
  constructor(parameters: ParameterSet, options: AdamOptions = {}) {
    super(parameters, { weightDecay: 0.01, ...options });
  }

  protected override update(parameter: Parameter, state: Moments, weightDecay: number): void {
    const { values } = parameter;
    const factor = 1 - this.learningRate * weightDecay;
    for (let i = 0; i < values.length; i++) values[i]! *= factor;
    this.updateMoments(parameter, state, 0);
  }
}
