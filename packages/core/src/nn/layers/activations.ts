import type { ActivationName, Tensor } from '../../backend/backend.ts';
import { checkOptions, type OptionNames } from '../../options.ts';
import { UnaryLayer } from '../torch/layer.ts';

abstract class Activation extends UnaryLayer {
  readonly #activation: ActivationName;

  constructor(layer: string, activation: ActivationName) {
    super(layer);
    this.#activation = activation;
  }

  protected compute(x: Tensor): Tensor {
    return this.backend.activate(x, this.#activation);
  }
}

/** max(x, 0). */
export class ReLU extends Activation {
  constructor() {
    super('ReLU', 'relu');
  }
}

/** Options of {@link GELU}. */
export interface GELUOptions {
  /** `tanh`: the approximation of Hendrycks & Gimpel 2016. Default `none`, the exact form with erf. */
  readonly approximate?: 'none' | 'tanh';
}

/** x · Φ(x), with the distribution function Φ of the standard normal (Hendrycks & Gimpel 2016, https://arxiv.org/abs/1606.08415). */
export class GELU extends Activation {
  constructor(options: GELUOptions = {}) {
    checkOptions('GELU', options, { approximate: ['none', 'tanh'] } satisfies OptionNames<GELUOptions>);
    super('GELU', options.approximate === 'tanh' ? 'geluTanh' : 'gelu');
  }
}

/** x · σ(x) (Elfwing et al. 2017, https://arxiv.org/abs/1702.03118). */
export class SiLU extends Activation {
  constructor() {
    super('SiLU', 'silu');
  }
}

export class Tanh extends Activation {
  constructor() {
    super('Tanh', 'tanh');
  }
}

/** Softmax over the last axis. */
export class Softmax extends UnaryLayer {
  constructor() {
    super('Softmax');
  }

  protected compute(x: Tensor): Tensor {
    return this.backend.softmax(x);
  }
}

/** 1 / (1 + exp(−x)). */
export class Sigmoid extends Activation {
  constructor() {
    super('Sigmoid', 'sigmoid');
  }
}
