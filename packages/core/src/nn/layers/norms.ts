import type { Tensor } from '../../backend/backend.ts';
import { checkOptions, type OptionNames } from '../../options.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import { LayerNorm as LayerNormRows, type Norm, RmsNorm } from '../modules/norm.ts';
import { checkSizes } from '../torch/float-array.ts';
import { normSpecs, type WeightSpecs } from '../torch/init.ts';
import { UnaryLayer } from '../torch/layer.ts';
import { overRows } from './linear.ts';

/** Options of {@link LayerNorm} and {@link RMSNorm}. */
export interface NormOptions {
  /** Added to the variance, or to the mean square. Default 1e-5, in `RMSNorm` 2⁻²³, as in PyTorch. */
  readonly eps?: number;
}

abstract class NormLayer extends UnaryLayer {
  readonly #layer: string;
  protected readonly features: number;
  protected readonly eps: number;
  protected norm: Norm | undefined;

  constructor(layer: string, features: number, options: NormOptions, eps: number) {
    super(layer);
    checkSizes(layer, { features });
    checkOptions(layer, options, { eps: 'notNegative' } satisfies OptionNames<NormOptions>);
    this.#layer = layer;
    this.features = features;
    this.eps = options.eps ?? eps;
  }

  protected compute(x: Tensor): Tensor {
    const { backend } = this;
    return overRows(backend, this.#layer, x, this.features, (rows) => this.norm!.forward(backend, rows));
  }
}

/**
 * Layer normalisation (Ba et al. 2016, https://arxiv.org/abs/1607.06450) of the last axis: (x − mean) / √(variance + eps) · weight + bias, with the
 * weights of PyTorch's `nn.LayerNorm`: `weight` `[features]`, initially 1, and `bias` `[features]`, initially 0.
 */
export class LayerNorm extends NormLayer {
  constructor(features: number, options: NormOptions = {}) {
    super('LayerNorm', features, options, 1e-5);
  }

  protected override weightSpecs(): WeightSpecs {
    return normSpecs('', this.features);
  }

  protected override async createWeights(loader: WeightLoader): Promise<void> {
    const gain = await loader.constant('weight', [this.features]);
    this.norm = new LayerNormRows(gain, await loader.constant('bias', [this.features]), this.eps);
  }
}

/**
 * Root mean square normalisation (Zhang & Sennrich 2019, https://arxiv.org/abs/1910.07467) of the last axis: x / √(mean(x²) + eps) · weight, with
 * the weight of PyTorch's `nn.RMSNorm`: `weight` `[features]`, initially 1.
 */
export class RMSNorm extends NormLayer {
  constructor(features: number, options: NormOptions = {}) {
    super('RMSNorm', features, options, 2 ** -23);
  }

  protected override weightSpecs(): WeightSpecs {
    return normSpecs('', this.features, false);
  }

  protected override async createWeights(loader: WeightLoader): Promise<void> {
    this.norm = new RmsNorm(await loader.constant('weight', [this.features]), this.eps);
  }
}
