import type { Backend } from '../../backend/backend.ts';
import { requireOptions } from '../../options.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import { withScope } from '../run/forward.ts';
import type { FloatArray } from '../torch/float-array.ts';
import { normal, type WeightSpecs } from '../torch/init.ts';
import { Module } from '../torch/module.ts';
import type { StateDict } from '../torch/state-dict.ts';
import { RelativeBias } from './relative-bias.ts';
import { BUCKET_OPTIONS, checkBuckets, type RelativePositionBuckets } from './relative-buckets.ts';

export interface T5RelativeBiasOptions extends RelativePositionBuckets {
  readonly numHeads: number;
}

/**
 * T5's relative position bias (Raffel et al. 2020, https://arxiv.org/abs/1910.10683, §2.1): a learned bias on the scores of each head for each
 * bucket of distances, with the weight of T5's first block, `relative_attention_bias.weight` `[numBuckets, numHeads]`. Pass it to an attention as
 * `attnMask`.
 */
export class T5RelativeBias extends Module {
  readonly #numHeads: number;
  readonly #buckets: Required<RelativePositionBuckets>;
  #bias: RelativeBias | undefined;

  /** Throws `ConfigError` for invalid buckets. */
  constructor(options: T5RelativeBiasOptions) {
    super('T5RelativeBias');
    requireOptions('T5RelativeBias', options, BUCKET_OPTIONS, { numHeads: 'count' });
    const { numHeads, numBuckets = 32, maxDistance = 128, bidirectional = true } = options;
    this.#numHeads = numHeads;
    this.#buckets = { numBuckets, maxDistance, bidirectional };
    checkBuckets('T5RelativeBias', this.#buckets);
  }

  /** Throws `ConfigError` for invalid buckets, `LoadError` for a missing weight, `ShapeError` for one of another shape. */
  static load(
    backend: Backend,
    stateDict: StateDict,
    options: T5RelativeBiasOptions,
  ): Promise<T5RelativeBias> {
    return Module.loadInto(new T5RelativeBias(options), backend, stateDict);
  }

  protected override weightSpecs(): WeightSpecs {
    const shape = [this.#buckets.numBuckets, this.#numHeads];
    return { 'relative_attention_bias.weight': { shape, init: normal() } };
  }

  protected override async createWeights(loader: WeightLoader): Promise<void> {
    const weight = { name: 'relative_attention_bias.weight', heads: this.#numHeads };
    this.#bias = await RelativeBias.load(loader, weight, this.#buckets);
  }

  /** `[1, numHeads, queries, keys]`; the ends of queries and keys are aligned. */
  forward(queries: number, keys = queries): FloatArray {
    const { backend } = this;
    const data = withScope(backend, () =>
      backend.read(this.#bias!.forward(backend, [keys - queries], queries, keys)),
    );
    return { data, shape: [1, this.#numHeads, queries, keys] };
  }
}
