import type { Backend, Tensor } from '../../backend/backend.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import type { Norm } from './norm.ts';

/** Layer normalisation with a learned gain and bias (Ba et al. 2016): `[rows, features]` → the same. */
export class LayerNorm implements Norm {
  readonly #gain: Tensor;
  readonly #bias: Tensor;
  readonly #epsilon: number;

  constructor(gain: Tensor, bias: Tensor, epsilon: number) {
    this.#gain = gain;
    this.#bias = bias;
    this.#epsilon = epsilon;
  }

  static async load(
    loader: WeightLoader,
    name: string,
    features: number,
    epsilon: number,
  ): Promise<LayerNorm> {
    const gain = await loader.constant(`${name}.weight`, [features]);
    const bias = await loader.constant(`${name}.bias`, [features]);
    return new LayerNorm(gain, bias, epsilon);
  }

  forward(backend: Backend, x: Tensor): Tensor {
    return backend.layerNorm(x, this.#gain, this.#bias, this.#epsilon);
  }
}
