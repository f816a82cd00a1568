import { filled, normal, type WeightSpec } from '../../nn/torch/init.ts';
import { normalWithPadding } from './initializers.ts';

/** A tensor of a model that is not yet trained. */
export interface InitialTensor extends WeightSpec {
  readonly name: string;
}

/**
 * The tensors of one of Hugging Face's models, by the modules of its class. Without other values given, weights of linear layers and embeddings
 * are normally distributed with the standard deviation `std`, biases are 0, and gains of norms 1 (`_init_weights` of `PreTrainedModel`).
 */
export class HuggingFaceTensors {
  readonly #std: number;
  readonly #tensors = new Map<string, InitialTensor>();

  constructor(std: number) {
    this.#std = std;
  }

  get tensors(): readonly InitialTensor[] {
    return [...this.#tensors.values()];
  }

  /** A tensor with values of its own. A name that several heads share is added once. */
  add(name: string, shape: readonly number[], init: WeightSpec['init']): void {
    if (!this.#tensors.has(name)) this.#tensors.set(name, { name, shape, init });
  }

  /** `nn.Linear`: `<name>.weight` `[outFeatures, inFeatures]` and, unless `bias` is false, `<name>.bias`. */
  linear(
    name: string,
    inFeatures: number,
    outFeatures: number,
    { bias = true, std = this.#std }: { bias?: boolean; std?: number } = {},
  ): void {
    this.add(`${name}.weight`, [outFeatures, inFeatures], normal(std));
    if (bias) this.add(`${name}.bias`, [outFeatures], filled(0));
  }

  /** GPT-2's `Conv1D`: `<name>.weight` `[inFeatures, outFeatures]` and `<name>.bias`. */
  conv1d(name: string, inFeatures: number, outFeatures: number, std = this.#std): void {
    this.add(`${name}.weight`, [inFeatures, outFeatures], normal(std));
    this.add(`${name}.bias`, [outFeatures], filled(0));
  }

  /** `nn.Embedding`: `<name>.weight` `[rows, width]`, with zeros in the row `padding`. */
  embedding(name: string, rows: number, width: number, padding?: number): void {
    const isPadded = padding !== undefined && padding < rows;
    const init = isPadded ? normalWithPadding(this.#std, padding, width) : normal(this.#std);
    this.add(`${name}.weight`, [rows, width], init);
  }

  /** `nn.LayerNorm`: `<name>.weight` and `<name>.bias`. */
  layerNorm(name: string, features: number): void {
    this.rmsNorm(name, features);
    this.add(`${name}.bias`, [features], filled(0));
  }

  /** `<name>.weight`. */
  rmsNorm(name: string, features: number): void {
    this.add(`${name}.weight`, [features], filled(1));
  }
}
