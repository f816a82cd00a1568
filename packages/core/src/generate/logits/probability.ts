import { HeadwiseError } from '../../errors.ts';

/** Logits or log-probabilities, `[vocabSize]`. */
export type Scores = Float32Array | Float64Array;

// e^−d = e^−i · e^−(j/1024) · e^r with integers i and j and |r| ≤ 1/2048: two tables, and the power series to float64 precision.
const STEPS = 1024;
const FRACTIONS = Float64Array.from({ length: STEPS }, (_, j) => series(-j / STEPS));
const WHOLES = Float64Array.from({ length: 709 }, (_, i) => whole(i));

/** e^x for |x| ≤ 1. IEEE sums and products are the same on every platform, `Math.exp` is not. */
function series(x: number): number {
  let sum = 1;
  for (let i = 24; i >= 1; i--) sum = 1 + (x / i) * sum;
  return sum;
}

/** e^−i = 2^−k · e^r with |r| ≤ ln 2. ln 2 is split into two parts, so that k times the upper one is exact (as in fdlibm). */
function whole(i: number): number {
  const k = Math.round(i / Math.LN2);
  return series(k * 0.6931471803691238 - i + k * 1.9082149292705877e-10) * 2 ** -k;
}

/**
 * e^x for x ≤ 0 with a relative error below 5e-15, bit-identical on every platform. `Math.exp` may differ in its last bit, so that a seed
 * would not give the same tokens everywhere. Below −708 it is 0.
 */
export function expNegative(x: number): number {
  if (!(x > -708)) return x <= -708 ? 0 : Number.NaN;
  const n = (0.5 - x * STEPS) | 0;
  const r = n * (1 / STEPS) + x;
  return WHOLES[n >> 10]! * FRACTIONS[n & (STEPS - 1)]! * (1 + r * (1 + r * (0.5 + r * (1 / 6))));
}

/** Maximum, ignoring NaN; −∞ if there is no number. */
export function maximum(scores: ArrayLike<number>): number {
  let max = -Infinity;
  for (let i = 0; i < scores.length; i++) if (scores[i]! > max) max = scores[i]!;
  return max;
}

/** Index of the maximum; of equal values the first. */
export function argmax(scores: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < scores.length; i++) if (scores[i]! > scores[best]!) best = i;
  return best;
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
