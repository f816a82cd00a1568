import type { Backend, Tensor } from '../../backend/backend.ts';
import type { WeightLoader } from '../load/weight-loader.ts';

/** Normalisation of each row: `[rows, features]` → the same. */
export interface Norm {
  forward(backend: Backend, x: Tensor): Tensor;
}

/** `rmsNormPlusOne`: an RMS norm whose gain is 1 + the stored weight (Gemma). */
export type NormKind = 'layerNorm' | 'layerNormWithoutBias' | 'rmsNorm' | 'rmsNormPlusOne';

/** Layer normalisation (Ba et al. 2016, https://arxiv.org/abs/1607.06450): (x − mean) / √(variance + ε) · gain + bias. */
export class LayerNorm implements Norm {
  readonly #gain: Tensor;
  readonly #bias: Tensor;
  readonly #epsilon: number;

  constructor(gain: Tensor, bias: Tensor, epsilon: number) {
    this.#gain = gain;
    this.#bias = bias;
    this.#epsilon = epsilon;
  }

  /** Reads `<name>.weight` and, unless `hasBias` is false, `<name>.bias`. */
  static async load(
    loader: WeightLoader,
    name: string,
    features: number,
    epsilon: number,
    hasBias = true,
  ): Promise<LayerNorm> {
    const gain = await loader.constant(`${name}.weight`, [features]);
    const bias = hasBias
      ? await loader.constant(`${name}.bias`, [features])
      : loader.constantFrom(new Float32Array(features), [features]);
    return new LayerNorm(gain, bias, epsilon);
  }

  forward(backend: Backend, x: Tensor): Tensor {
    return backend.layerNorm(x, this.#gain, this.#bias, this.#epsilon);
  }
}

/** Root mean square normalisation (Zhang & Sennrich 2019, https://arxiv.org/abs/1910.07467): x / √(mean(x²) + ε) · gain. */
export class RmsNorm implements Norm {
  readonly #gain: Tensor;
  readonly #epsilon: number;

  constructor(gain: Tensor, epsilon: number) {
    this.#gain = gain;
    this.#epsilon = epsilon;
  }

  /** Reads `<name>.weight`. With `plusOne` the gain is 1 + the weight. */
  static async load(
    loader: WeightLoader,
    name: string,
    features: number,
    epsilon: number,
    plusOne = false,
  ): Promise<RmsNorm> {
    if (!plusOne) return new RmsNorm(await loader.constant(`${name}.weight`, [features]), epsilon);
    const weight = await loader.values(`${name}.weight`, [features]);
    const gain = weight.map((value) => 1 + value);
    return new RmsNorm(loader.constantFrom(gain, [features]), epsilon);
  }

  forward(backend: Backend, x: Tensor): Tensor {
    return backend.rmsNorm(x, this.#gain, this.#epsilon);
  }
}

/** No normalisation: the input itself. */
export const NO_NORM: Norm = { forward: (_, x) => x };

export function loadNorm(
  kind: NormKind,
  loader: WeightLoader,
  name: string,
  features: number,
  epsilon: number,
): Promise<Norm> {
  if (kind === 'rmsNorm' || kind === 'rmsNormPlusOne') {
    return RmsNorm.load(loader, name, features, epsilon, kind === 'rmsNormPlusOne');
  }
  return LayerNorm.load(loader, name, features, epsilon, kind === 'layerNorm');
}
