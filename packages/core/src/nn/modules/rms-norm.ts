import type { Backend, Tensor } from '../../backend/backend.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import type { Norm } from './norm.ts';

/** Normalisation by the root of the mean square, with a learned gain (Zhang & Sennrich 2019): `[rows, features]` → the same. */
export class RmsNorm implements Norm {
  readonly #gain: Tensor;
  readonly #epsilon: number;

  constructor(gain: Tensor, epsilon: number) {
    this.#gain = gain;
    this.#epsilon = epsilon;
  }

  static async load(loader: WeightLoader, name: string, features: number, epsilon: number): Promise<RmsNorm> {
    return new RmsNorm(await loader.constant(`${name}.weight`, [features]), epsilon);
  }

  forward(backend: Backend, x: Tensor): Tensor {
    return backend.rmsNorm(x, this.#gain, this.#epsilon);
  }
}
