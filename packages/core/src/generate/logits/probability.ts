import { HeadwiseError } from '../../errors.ts';
import { expNegative } from './exp-negative.ts';

/** Logits or log-probabilities, `[vocabSize]`. */
export type Scores = Float32Array | Float64Array;

/** Maximum, ignoring NaN; −∞ if there is no number. */
export function maximum(scores: ArrayLike<number>): number {
  let max = -Infinity;
  for (let i = 0; i < scores.length; i++) if (scores[i]! > max) max = scores[i]!;
  return max;
}

/**
 * ln Σ e^x in float64, without overflow. A logit minus this is its log-probability. `max` is the maximum of the scores.
 *
 * Throws `HeadwiseError` (`ERR_NUMERIC`) if a value is NaN or +∞, or none is finite.
 */
export function logSumExp(scores: ArrayLike<number>, max = maximum(scores)): number {
  let sum = 0;
  for (let i = 0; i < scores.length; i++) sum += expNegative(scores[i]! - max);
  const result = max + Math.log(sum);
  if (Number.isFinite(result)) return result;
  throw new HeadwiseError(
    'ERR_NUMERIC',
    `generate: logits must be finite, got a maximum of ${max} and a sum of exponentials of ${sum}`,
  );
}

/** ln softmax in float64. Throws as {@link logSumExp} does. */
export function logSoftmax(
  logits: ArrayLike<number>,
  out: Float64Array = new Float64Array(logits.length),
): Float64Array {
  const total = logSumExp(logits);
  for (let i = 0; i < logits.length; i++) out[i] = logits[i]! - total;
  return out;
}

// Up to this count one pass with insertion into a sorted list is faster than sorting all values.
const MAX_INSERTION_COUNT = 128;

/** Indices of the `count` largest values, in descending order; equal values in order of index. */
export function topKIndices(scores: Scores, count: number): number[] {
  if (count > MAX_INSERTION_COUNT) {
    const order = new Uint32Array(scores.length).map((_, i) => i);
    order.sort((a, b) => scores[b]! - scores[a]! || a - b);
    return Array.from(order.subarray(0, count));
  }
  const best: number[] = [];
  let threshold = -Infinity;
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i]!;
    if (best.length === count && !(score > threshold)) continue;
    let at = best.length;
    while (at > 0 && score > scores[best[at - 1]!]!) at--;
    best.splice(at, 0, i);
    if (best.length > count) best.pop();
    if (best.length === count) threshold = scores[best[count - 1]!]!;
  }
  return best;
}
