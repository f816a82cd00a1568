import type { Backend } from '../../backend/backend.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import type { FloatArray } from '../torch/float-array.ts';
import { Layer, loadLayer } from '../torch/layer.ts';
import type { StateDict } from '../torch/state-dict.ts';
import { RelativeBias } from './relative-bias.ts';
import { checkBuckets, type RelativePositionBuckets } from './relative-buckets.ts';

export interface T5RelativeBiasOptions extends RelativePositionBuckets {
  readonly numHeads: number;
}

/**
 * T5's relative position bias (Raffel et al. 2020, https://arxiv.org/abs/1910.10683, §2.1): a learned bias on the scores of each head for each
 * bucket of distances, with the weight of T5's first block, `relative_attention_bias.weight` `[numBuckets, numHeads]`. Pass it to an attention as
 * `attnMask`.
 */
export class T5RelativeBias extends Layer {
  readonly #bias: RelativeBias;

  private constructor(loader: WeightLoader, bias: RelativeBias) {
    super(loader);
    this.#bias = bias;
  }

  /** Throws `ConfigError` for invalid buckets, `LoadError` for a missing weight, `ShapeError` for one of another shape. */
  static load(
    backend: Backend,
    stateDict: StateDict,
    options: T5RelativeBiasOptions,
  ): Promise<T5RelativeBias> {
    const { numHeads: heads, numBuckets = 32, maxDistance = 128, bidirectional = true } = options;
    const buckets = { numBuckets, maxDistance, bidirectional };
    checkBuckets('T5RelativeBias', buckets);
    return loadLayer('T5RelativeBias', backend, stateDict, async (loader) => {
      const weight = { name: 'relative_attention_bias.weight', heads };
      return new T5RelativeBias(loader, await RelativeBias.load(loader, weight, buckets));
    });
  }

  /** `[1, numHeads, queries, keys]`; the ends of queries and keys are aligned. */
  forward(queries: number, keys = queries): FloatArray {
    const bias = this.#bias;
    // biome-ignore lint/correctness/useYield: there are no hook points here.
    const { result } = this.run(Int32Array.of(0), {}, function* ({ backend }) {
      return backend.read(bias.forward(backend, [keys - queries], queries, keys));
    });
    return { data: result, shape: [1, bias.heads, queries, keys] };
  }
}
