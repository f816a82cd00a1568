import type { FloatArray } from '../../nn/torch/float-array.ts';
import type { Parameter, ParameterSet } from '../parameters/parameters.ts';
import type { RecordingBackend } from '../tape/recording-backend.ts';
import { LoraAdapter } from './adapter.ts';
import type { LoraConfig } from './config.ts';
import { factorNames, type LoraPlan } from './plan.ts';

/**
 * The low-rank adapters of a model that is trained (Hu et al. 2021, https://arxiv.org/abs/2106.09685). Created by `loadTrainable` with the
 * option `lora`.
 *
 * An adapted layer computes x · Wᵀ + b + s · (x · Aᵀ) · Bᵀ. With n tokens and rank r, this costs n · r · (inFeatures + outFeatures)
 * multiplications more in the forward pass, and saves the n · inFeatures · outFeatures of the gradient of W in the backward pass, a third of the
 * layer's training. (Projecting the gradient of W onto A and B would compute and store it, and pack W again after each step.) Layers do not
 * know their adapters: the backend finds them by the packed weight, in which query, key and value or transposed weights may be.
 */
export class Lora {
  /** As in adapter_config.json. */
  readonly config: LoraConfig;
  /** The adapted layers, by their names in adapter files. */
  readonly modules: readonly string[];
  readonly #plan: LoraPlan;
  readonly #parameters: ParameterSet;
  readonly #backend: RecordingBackend;
  readonly #factors: readonly Parameter[];
  #isMerged = false;

  /** @internal */
  constructor(plan: LoraPlan, parameters: ParameterSet, backend: RecordingBackend) {
    this.config = plan.config;
    this.modules = plan.layers.map(({ module }) => module);
    this.#plan = plan;
    this.#parameters = parameters;
    this.#backend = backend;
    this.#factors = plan.parameters.map(({ name }) => parameters.get(name));
  }

  /** Whether the layers compute with W + s · B · A. */
  get isMerged(): boolean {
    return this.#isMerged;
  }

  /**
   * Adds s · B · A to the packed weights, so that the layers cost no more than those of the base model. Until {@link unmerge}, A and B are not
   * trainable. The results differ from the unmerged ones by rounding.
   */
  merge(): void {
    this.#setMerged(true);
  }

  /** Computes with W and the adapters again. W has the bits that it had before {@link merge}. */
  unmerge(): void {
    this.#setMerged(false);
  }

  /** A copy of the adapters and of the modules to save, to write to files or to merge into a checkpoint. */
  adapter(): LoraAdapter {
    const copy = (name: string): FloatArray => {
      const { shape, values } = this.#parameters.get(name);
      return { shape, data: values.slice() };
    };
    const factors = new Map(
      this.#plan.layers.map((layer) => {
        const { a, b } = factorNames(layer);
        return [layer.module, { a: copy(a), b: copy(b) }];
      }),
    );
    const saved = new Map([...this.#plan.saved].map(([name, module]) => [module, copy(name)]));
    return new LoraAdapter(this.config, factors, saved);
  }

  #setMerged(isMerged: boolean): void {
    if (isMerged === this.#isMerged) return;
    this.#isMerged = isMerged;
    for (const parameter of this.#factors) parameter.trainable = !isMerged;
    this.#backend.mergeLowRank(isMerged);
  }
}
