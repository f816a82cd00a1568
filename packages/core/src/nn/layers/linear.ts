import type { LinearWeights, Tensor } from '../../backend/backend.ts';
import { formatShape, sizeOf } from '../../backend/check.ts';
import { ShapeError } from '../../errors.ts';
import { checkOptions, type OptionNames } from '../../options.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import { checkSizes } from '../torch/float-array.ts';
import { linearSpecs, type WeightSpecs } from '../torch/init.ts';
import { UnaryLayer } from '../torch/layer.ts';

/** Options of {@link Linear}. */
export interface LinearLayerOptions {
  /** Default true. */
  readonly bias?: boolean;
}

/**
 * x · weightᵀ + bias, with the weights of PyTorch's `nn.Linear`: `weight` `[outFeatures, inFeatures]` and `bias` `[outFeatures]`, initially uniform
 * in ±1/√inFeatures. `[…, inFeatures]` → `[…, outFeatures]`.
 */
export class Linear extends UnaryLayer {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly #bias: boolean;
  #weights: LinearWeights | undefined;

  constructor(inFeatures: number, outFeatures: number, options: LinearLayerOptions = {}) {
    super('Linear');
    checkSizes('Linear', { inFeatures, outFeatures });
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    checkOptions('Linear', options, { bias: 'boolean' } satisfies OptionNames<LinearLayerOptions>);
    this.#bias = options.bias ?? true;
  }

  protected override weightSpecs(): WeightSpecs {
    return linearSpecs('', [this.outFeatures, this.inFeatures], this.#bias);
  }

  protected override async createWeights(loader: WeightLoader): Promise<void> {
    const bias = this.#bias ? 'bias' : undefined;
    this.#weights = await loader.linearOf('weight', bias, this.inFeatures, this.outFeatures);
  }

  protected compute(x: Tensor): Tensor {
    const { backend } = this;
    return overRows(backend, 'Linear', x, this.inFeatures, (rows) => backend.linear(rows, this.#weights!));
  }
}

/** Applies `compute`, from `[rows, features]` to `[rows, …]`, to the last axis of `x[…, features]`. */
export function overRows(
  backend: { reshape(x: Tensor, shape: readonly number[]): Tensor },
  layer: string,
  x: Tensor,
  features: number,
  compute: (rows: Tensor) => Tensor,
): Tensor {
  if (x.shape.at(-1) !== features) {
    throw new ShapeError(
      `${layer}: the last axis of the input must be ${features}, got ${formatShape(x.shape)}`,
    );
  }
  if (x.shape.length === 2) return compute(x);
  const outer = x.shape.slice(0, -1);
  const y = compute(backend.reshape(x, [sizeOf(outer), features]));
  return backend.reshape(y, [...outer, y.shape[1]!]);
}
