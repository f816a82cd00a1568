import { ConfigError } from '../../errors.ts';
import { describeValue } from '../../options.ts';
import type { FloatArray } from '../torch/float-array.ts';

const MAX_HEADS = 2 ** 16;

/**
 * The slope of each head, `[heads]` (Press et al. 2022, https://arxiv.org/abs/2108.12409): 2^(−8h / heads) if `heads` is a power of two. Else the
 * heads beyond the next lower power of two take every second slope of twice that power, as in the authors' code.
 */
export function alibiSlopes(heads: number): Float32Array {
  if (!(Number.isSafeInteger(heads) && heads >= 1 && heads <= MAX_HEADS)) {
    throw new ConfigError(
      `ALiBi: heads must be a whole number from 1 to ${MAX_HEADS}, got ${describeValue(heads)}`,
    );
  }
  const whole = 2 ** Math.floor(Math.log2(heads));
  const slope = (h: number, of: number) => 2 ** ((-8 * (h + 1)) / of);
  return Float32Array.from({ length: heads }, (_, h) =>
    h < whole ? slope(h, whole) : slope(2 * (h - whole), 2 * whole),
  );
}

/**
 * ALiBi position bias (Press et al. 2022, https://arxiv.org/abs/2108.12409): −slope · |i − j| for query i and key j, added to the scores. Pass it
 * to an attention as `attnMask`.
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
   * The bias of causal attention, `[1, heads, 1, keys]`: softmax does not change when a constant is added to all scores of a query, so that one
   * row serves all queries.
   */
  causal(keys: number): FloatArray {
    const heads = this.#slopes.length;
    const data = new Float32Array(heads * keys);
    for (const [head, slope] of this.#slopes.entries()) {
      // Relative to the last key: the biases of the nearest keys are the smallest numbers, with the least rounding.
      for (let key = 0; key < keys; key++) data[head * keys + key] = -slope * (keys - 1 - key);
    }
    return { data, shape: [1, heads, 1, keys] };
  }
}
