import { ConfigError } from '../../errors.ts';
import type { ModuleParameters } from '../../nn/torch/parameters.ts';
import { checkOptions, type OptionNames } from '../../options.ts';
import type { Parameter } from '../parameters/parameters.ts';
import {
  checkNumber,
  OPTIMIZER_OPTIONS,
  Optimizer,
  type OptimizerOptions,
  type OptimizerState,
} from './optimizer.ts';

/** Options of {@link Adam} and {@link AdamW}, with PyTorch's defaults. */
export interface AdamOptions extends OptimizerOptions {
  /** Default 0.001. */
  readonly learningRate?: number;
  /** Decay rates of the moments. Default [0.9, 0.999]. */
  readonly betas?: readonly [number, number];
  /** Added to the denominator. Default 1e-8. */
  readonly epsilon?: number;
}

/**
 * Adam (Kingma & Ba 2015, https://arxiv.org/abs/1412.6980), as PyTorch's `torch.optim.Adam`: g += weightDecay · p; m = β₁ · m + (1 − β₁) · g;
 * v = β₂ · v + (1 − β₂) · g²; p −= learningRate · m̂ / (√v̂ + ε), with m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ). Default weight decay 0.
 */
export class Adam extends Optimizer {
  static readonly #names = {
    ...OPTIMIZER_OPTIONS,
    betas: 'list',
    epsilon: 'numeric',
  } satisfies OptionNames<AdamOptions>;

  readonly #betas: readonly [number, number];
  readonly #epsilon: number;

  constructor(parameters: ModuleParameters, options: AdamOptions = {}) {
    checkOptions(new.target.name, options, Adam.#names);
    const { learningRate = 1e-3, betas = [0.9, 0.999], epsilon = 1e-8, weightDecay = 0 } = options;
    super(parameters, learningRate, weightDecay, ['exp_avg', 'exp_avg_sq']);
    if (betas.length !== 2)
      throw new ConfigError(`optimizer: betas must be two numbers, got ${betas.length}`);
    for (const beta of betas) checkNumber('betas', beta, 0, 1);
    checkNumber('epsilon', epsilon, 0, Infinity);
    this.#betas = betas;
    this.#epsilon = epsilon;
  }

  protected update(parameter: Parameter, state: OptimizerState, weightDecay: number): void {
    this.updateMoments(parameter, state, { weightDecay, shrink: 1 });
  }

  /** One step, with weight decay in the gradient, or decoupled from it by `shrink`. */
  protected updateMoments(
    { valueBuffer, gradientBuffer }: Parameter,
    { steps, buffers }: OptimizerState,
    decay: { weightDecay: number; shrink: number },
  ): void {
    const [beta1, beta2] = this.#betas;
    const { exp_avg: first, exp_avg_sq: second } = buffers;
    this.parameters.support.updates.adam(valueBuffer, gradientBuffer, first!, second!, {
      ...decay,
      stepSize: this.learningRate / (1 - beta1 ** steps),
      correction: Math.sqrt(1 - beta2 ** steps),
      beta1,
      beta2,
      epsilon: this.#epsilon,
    });
  }
}

/**
 * Adam with decoupled weight decay (Loshchilov & Hutter 2019, https://arxiv.org/abs/1711.05101), as PyTorch's `torch.optim.AdamW`:
 * p −= learningRate · weightDecay · p before the step of {@link Adam}. Default weight decay 0.01.
 */
export class AdamW extends Adam {
  constructor(parameters: ModuleParameters, options: AdamOptions = {}) {
    // What is no object is refused by the constructor of Adam.
    super(
      parameters,
      typeof options === 'object' && options !== null ? { weightDecay: 0.01, ...options } : options,
    );
  }

  protected override update(parameter: Parameter, state: OptimizerState, weightDecay: number): void {
    const shrink = 1 - this.learningRate * weightDecay;
    this.updateMoments(parameter, state, { weightDecay: 0, shrink });
  }
}
