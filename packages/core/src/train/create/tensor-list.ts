import { type Initializer, normal, ones, zeros } from './initializers.ts';

/** A tensor of a model that is not yet trained. */
export interface InitialTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initializer: Initializer;
}

/** Collects the tensors of a model. A name that several heads share is added once. */
class TensorList {
  readonly #tensors = new Map<string, InitialTensor>();

  get tensors(): readonly InitialTensor[] {
    return [...this.#tensors.values()];
  }

  add(name: string, shape: readonly number[], initializer: Initializer): void {
    if (!this.#tensors.has(name)) this.#tensors.set(name, { name, shape, initializer });
  }
}

/**
 * The tensors of one of Hugging Face's models, by the modules of its class. Without other values given, weights of linear layers and embeddings
 * are normally distributed with the standard deviation `std`, biases are 0, and gains of norms 1 (`_init_weights` of `PreTrainedModel`).
 */
export class HuggingFaceTensors extends TensorList {
  readonly #std: number;

  constructor(std: number) {
    super();
    this.#std = std;
  }

  /** `nn.Linear`: `<name>.weight` `[outFeatures, inFeatures]` and, unless `bias` is false, `<name>.bias`. */
  linear(
    name: string,
    inFeatures: number,
    outFeatures: number,
    { bias = true, std = this.#std }: { bias?: boolean; std?: number } = {},
  ): void {
    this.add(`${name}.weight`, [outFeatures, inFeatures], normal(std));
    if (bias) this.add(`${name}.bias`, [outFeatures], zeros);
  }

  /** GPT-2's `Conv1D`: `<name>.weight` `[inFeatures, outFeatures]` and `<name>.bias`. */
  conv1d(name: string, inFeatures: number, outFeatures: number, std = this.#std): void {
    this.add(`${name}.weight`, [inFeatures, outFeatures], normal(std));
    this.add(`${name}.bias`, [outFeatures], zeros);
  }

  /** `nn.Embedding`: `<name>.weight` `[rows, width]`, with zeros in the row `padding`. */
  embedding(name: string, rows: number, width: number, padding?: number): void {
    const zeroRow = padding !== undefined && padding < rows ? padding : undefined;
    this.add(`${name}.weight`, [rows, width], normal(this.#std, zeroRow));
  }

  /** `nn.LayerNorm`: `<name>.weight` and `<name>.bias`. */
  layerNorm(name: string, features: number): void {
    this.rmsNorm(name, features);
    this.add(`${name}.bias`, [features], zeros);
  }

  /** `<name>.weight`. */
  rmsNorm(name: string, features: number): void {
    this.add(`${name}.weight`, [features], ones);
  }
}
