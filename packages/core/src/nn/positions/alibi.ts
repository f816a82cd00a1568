import { ConfigError } from '../../errors.ts';
import type { FloatArray } from '../torch/float-array.ts';

/**
 * How steeply each head's scores fall with distance (Press et al. 2022): 2^(−8h / heads) for a power of two; other numbers of heads
 * take every second slope of twice the next lower power for the rest, as the authors' code does.
 */
export function alibiSlopes(heads: number): Float32Array {
  if (!(Number.isSafeInteger(heads) && heads >= 1)) {
    throw new ConfigError(`ALiBi: heads must be a whole number of at least 1, got ${heads}`);
  }
  const whole = 2 ** Math.floor(Math.log2(heads));
  const slope = (h: number, of: number) => 2 ** ((-8 * (h + 1)) / of);
  return Float32Array.from({ length: heads }, (_, h) =>
    h < whole ? slope(h, whole) : slope(2 * (h - whole), 2 * whole),
  );
}

/**
 * ALiBi (Press et al. 2022): no positions in the input; each head's scores are lowered in proportion to the distance between query
 * and key, −slope · |i − j|. Give the bias to an attention as its `attnMask`.
 */
export class AlibiBias {
  readonly #slopes: Float32Array;

  /** Throws `ConfigError` unless `heads` is a whole number of at least 1. */
  constructor(heads: number) {
    this.#slopes = alibiSlopes(heads);
  }

  /** `[1, heads, queries, keys]`; the ends of queries and keys are aligned. */
  forward(queries: number, keys = queries): FloatArray {
    const heads = this.#slopes.length;
    const data = new Float32Array(heads * queries * keys);
    let at = 0;
    for (const slope of this.#slopes) {
      for (let query = 0; query < queries; query++) {
        const position = query + keys - queries;
        for (let key = 0; key < keys; key++) data[at++] = -slope * Math.abs(position - key);
      }
    }
    return { data, shape: [1, heads, queries, keys] };
  }

  /**
   * The same for causal attention in one row, `[1, heads, 1, keys]`: a query's scores may all be moved alike without a change to its
   * weights, so slope · key does for every query.
   */
  causal(keys: number): FloatArray {
    const heads = this.#slopes.length;
    const data = new Float32Array(heads * keys);
    for (const [head, slope] of this.#slopes.entries()) {
      // Counted back from the last key, so that the largest scores, those nearby, are not rounded.
      for (let key = 0; key < keys; key++) data[head * keys + key] = -slope * (keys - 1 - key);
    }
    return { data, shape: [1, heads, 1, keys] };
  }
}
