import type { Backend } from '../../backend/backend.ts';
import { ConfigError } from '../../errors.ts';
import type { FloatArray } from '../float-array.ts';
import { loadLayer } from '../layer.ts';
import type { StateDict } from '../state-dict.ts';

/** Sizes of T5's buckets, named as in Hugging Face's configurations. */
export interface RelativePositionBuckets {
  /** Default 32. */
  readonly numBuckets?: number;
  /** Distances from here on share the last bucket. Default 128. */
  readonly maxDistance?: number;
  /** Half of the buckets are for keys after the query (an encoder); otherwise those count as distance 0 (a decoder). Default true. */
  readonly bidirectional?: boolean;
}

/**
 * The bucket of a distance, key's position − query's (Raffel et al. 2020, §2.1): small distances have one each, larger ones share
 * buckets that widen logarithmically.
 */
export function relativePositionBucket(distance: number, options: RelativePositionBuckets = {}): number {
  const { numBuckets = 32, maxDistance = 128, bidirectional = true } = options;
  const buckets = bidirectional ? numBuckets / 2 : numBuckets;
  const first = bidirectional && distance > 0 ? buckets : 0;
  const away = bidirectional ? Math.abs(distance) : Math.max(0, -distance);
  const exact = Math.floor(buckets / 2);
  if (away < exact) return first + away;
  // In float32, as the models were trained: at a bucket's edge a more exact logarithm would choose the other bucket.
  const { fround } = Math;
  const share = fround(
    fround(fround(Math.log(fround(away / exact))) / fround(Math.log(maxDistance / exact))) *
      (buckets - exact),
  );
  return first + Math.min(buckets - 1, exact + Math.floor(share));
}

export interface T5RelativeBiasOptions extends RelativePositionBuckets {
  readonly numHeads: number;
}

/**
 * T5's positions: a learned bias on the scores of each head for each bucket of distances, with the weight that T5 checkpoints keep in
 * their first block, `relative_attention_bias.weight` `[numBuckets, numHeads]`. Give the bias to an attention as its `attnMask`.
 */
export class T5RelativeBias {
  /** `[numBuckets, numHeads]`. */
  readonly #table: Float32Array;
  readonly #options: Required<T5RelativeBiasOptions>;

  private constructor(table: Float32Array, options: Required<T5RelativeBiasOptions>) {
    this.#table = table;
    this.#options = options;
  }

  /** Throws `ConfigError` for buckets that cannot be shared out, `LoadError` or `ShapeError` for a weight that does not fit. */
  static load(
    backend: Backend,
    stateDict: StateDict,
    options: T5RelativeBiasOptions,
  ): Promise<T5RelativeBias> {
    const { numHeads, numBuckets = 32, maxDistance = 128, bidirectional = true } = options;
    const exact = Math.floor(numBuckets / (bidirectional ? 4 : 2));
    if (!(Number.isSafeInteger(numBuckets) && exact >= 1 && maxDistance > exact && numBuckets % 2 === 0)) {
      throw new ConfigError(
        `T5RelativeBias: numBuckets must be even, at least ${bidirectional ? 4 : 2}, and maxDistance above ${exact}, got ${numBuckets} and ${maxDistance}`,
      );
    }
    const sizes = { numHeads, numBuckets, maxDistance, bidirectional };
    return loadLayer('T5RelativeBias', backend, stateDict, async (parameters) => {
      const table = await parameters.values('relative_attention_bias.weight', [numBuckets, numHeads]);
      return new T5RelativeBias(table.slice(), sizes);
    });
  }

  /** `[1, numHeads, queries, keys]`; the ends of queries and keys are aligned. */
  forward(queries: number, keys = queries): FloatArray {
    const { numHeads } = this.#options;
    const data = new Float32Array(numHeads * queries * keys);
    for (let query = 0; query < queries; query++) {
      const position = query + keys - queries;
      for (let key = 0; key < keys; key++) {
        const row = relativePositionBucket(key - position, this.#options) * numHeads;
        for (let head = 0; head < numHeads; head++) {
          data[(head * queries + query) * keys + key] = this.#table[row + head]!;
        }
      }
    }
    return { data, shape: [1, numHeads, queries, keys] };
  }
}
