import { ConfigError } from '../../errors.ts';
import type { ModuleParameters } from '../../nn/torch/parameters.ts';
import { type OptionNames, requireOptions } from '../../options.ts';
import type { Parameter } from '../parameters/parameters.ts';
import {
  checkNumber,
  OPTIMIZER_OPTIONS,
  Optimizer,
  type OptimizerOptions,
  type OptimizerState,
} from './optimizer.ts';

/** Options of {@link SGD}, with PyTorch's meaning. */
export interface SGDOptions extends OptimizerOptions {
  readonly learningRate: number;
  /** Default 0. */
  readonly momentum?: number;
  /** Share of the gradient that is not added to the momentum buffer. Default 0. */
  readonly dampening?: number;
  /** Nesterov momentum (Sutskever et al. 2013). Requires a momentum and no dampening. Default false. */
  readonly nesterov?: boolean;
}

const OPTIONS = {
  ...OPTIMIZER_OPTIONS,
  momentum: 'numeric',
  dampening: 'number',
  nesterov: 'boolean',
} satisfies OptionNames<SGDOptions>;

/**
 * Stochastic gradient descent, as PyTorch's `torch.optim.SGD`: g += weightDecay · p; b = momentum · b + (1 − dampening) · g (at first b = g);
 * p −= learningRate · b, or with Nesterov momentum p −= learningRate · (g + momentum · b).
 */
export class SGD extends Optimizer {
  readonly #momentum: number;
  readonly #dampening: number;
  readonly #nesterov: boolean;

  constructor(parameters: ModuleParameters, options: SGDOptions) {
    requireOptions('SGD', options, OPTIONS);
    const { learningRate, momentum = 0, dampening = 0, nesterov = false, weightDecay = 0 } = options;
    super(parameters, learningRate, weightDecay, momentum === 0 ? [] : ['momentum_buffer']);
    checkNumber('momentum', momentum, 0, Infinity);
    if (nesterov && (momentum === 0 || dampening !== 0)) {
      throw new ConfigError('optimizer: nesterov requires a momentum and no dampening');
    }
    this.#momentum = momentum;
    this.#dampening = dampening;
    this.#nesterov = nesterov;
  }

  protected update(parameter: Parameter, state: OptimizerState, weightDecay: number): void {
    const { valueBuffer, gradientBuffer } = parameter;
    this.parameters.support.updates.sgd(valueBuffer, gradientBuffer, state.buffers.momentum_buffer, {
      learningRate: this.learningRate,
      momentum: this.#momentum,
      dampening: this.#dampening,
      nesterov: this.#nesterov,
      weightDecay,
      isFirst: state.steps === 1,
    });
  }
}
