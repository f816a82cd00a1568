import { ConfigError } from '../../errors.ts';
import type { Parameter, ParameterSet } from '../parameters/parameters.ts';
import { checkNumber, Optimizer, type OptimizerOptions } from './optimizer.ts';

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

interface SGDState {
  /** The momentum buffer; undefined before the first step. */
  buffer: Float32Array | undefined;
}

/**
 * Stochastic gradient descent, as PyTorch's `torch.optim.SGD`: g += weightDecay · p; b = momentum · b + (1 − dampening) · g (at first b = g);
 * p −= learningRate · b, or with Nesterov momentum p −= learningRate · (g + momentum · b).
 */
export class SGD extends Optimizer<SGDState> {
  readonly #momentum: number;
  readonly #dampening: number;
  readonly #nesterov: boolean;

  constructor(parameters: ParameterSet, options: SGDOptions) {
    const { learningRate, momentum = 0, dampening = 0, nesterov = false, weightDecay = 0 } = options;
    super(parameters, learningRate, weightDecay);
    checkNumber('momentum', momentum, 0, Infinity);
    if (nesterov && (momentum === 0 || dampening !== 0)) {
      throw new ConfigError('optimizer: nesterov requires a momentum and no dampening');
    }
    this.#momentum = momentum;
    this.#dampening = dampening;
    this.#nesterov = nesterov;
  }

  protected createState(): SGDState {
    return { buffer: undefined };
  }

  protected update({ values, gradient }: Parameter, state: SGDState, weightDecay: number): void {
    const [momentum, isFirst] = [this.#momentum, state.buffer === undefined];
    const buffer = momentum === 0 ? undefined : (state.buffer ?? new Float32Array(values.length));
    state.buffer = buffer;
    for (let i = 0; i < values.length; i++) {
      const g = gradient[i]! + weightDecay * values[i]!;
      let direction = g;
      if (buffer) {
        buffer[i] = isFirst ? g : momentum * buffer[i]! + (1 - this.#dampening) * g;
        direction = this.#nesterov ? g + momentum * buffer[i]! : buffer[i]!;
      }
      values[i]! -= this.learningRate * direction;
    }
  }
}
