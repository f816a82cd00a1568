import { HeadwiseError } from '../../errors.ts';

/** Logits, or log-probabilities: one value for each token of the vocabulary. Processors change them in place. */
export type Scores = Float32Array | Float64Array;

// e^−d = e^−i · e^−(j/1024) · e^r, i and j whole, |r| ≤ 1/2048: two tables, and as much of the series as float64 can hold.
const STEPS = 1024;
const FRACTIONS = Float64Array.from({ length: STEPS }, (_, j) => series(-j / STEPS));
const WHOLES = Float64Array.from({ length: 709 }, (_, i) => whole(i));

/** e^x for |x| ≤ 1. Sums and products are rounded alike everywhere; `Math.exp` is not. */
function series(x: number): number {
  let sum = 1;
  for (let i = 24; i >= 1; i--) sum = 1 + (x / i) * sum;
  return sum;
}

/** e^−i = 2^−k · e^r with |r| ≤ ln 2. ln 2 is split in two, so that k times its upper part is exact (as in fdlibm). */
function whole(i: number): number {
  const k = Math.round(i / Math.LN2);
  return series(k * 0.6931471803691238 - i + k * 1.9082149292705877e-10) * 2 ** -k;
}

/**
 * e^x for x ≤ 0 within 5e-15 of its value, in the same bits on every platform: `Math.exp` may differ in its last one, and then a seed
 * would not give the same tokens everywhere. Below −708 it is 0.
 */
export function expNegative(x: number): number {
  if (!(x > -708)) return x <= -708 ? 0 : Number.NaN;
  const n = (0.5 - x * STEPS) | 0;
  const r = n * (1 / STEPS) + x;
  return WHOLES[n >> 10]! * FRACTIONS[n & (STEPS - 1)]! * (1 + r * (1 + r * (0.5 + r * (1 / 6))));
}

/** The largest value. NaN is passed over; −∞ if there is nothing else. */
export function largest(scores: ArrayLike<number>): number {
  let most = -Infinity;
  for (let i = 0; i < scores.length; i++) if (scores[i]! > most) most = scores[i]!;
  return most;
}

/** The index of the largest value; of equal ones the first. */
export function argmax(scores: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < scores.length; i++) if (scores[i]! > scores[best]!) best = i;
  return best;
}

/**
 * ln Σ e^x, in float64 and without overflow: what a logit has to be reduced by to be a log-probability. `most` is the largest of them.
 *
 * Throws `HeadwiseError` if a value is NaN or +∞, or none is finite: nothing could be said of what comes next.
 */
export function logSumExp(scores: ArrayLike<number>, most = largest(scores)): number {
  let sum = 0;
  for (let i = 0; i < scores.length; i++) sum += expNegative(scores[i]! - most);
  const result = most + Math.log(sum);
  if (Number.isFinite(result)) return result;
  throw new HeadwiseError('ERR_NUMERIC', `generate: the logits are no numbers (their largest is ${most})`);
}

/** Log-probabilities of logits, ln softmax, in float64. Throws as {@link logSumExp} does. */
export function logSoftmax(
  logits: ArrayLike<number>,
  into: Float64Array = new Float64Array(logits.length),
): Float64Array {
  const total = logSumExp(logits);
  for (let i = 0; i < logits.length; i++) into[i] = logits[i]! - total;
  return into;
}

// Up to here the best are kept in order while passing over the values; beyond, sorting is faster.
const KEPT_IN_ORDER = 128;

/** The indices of the `count` largest values, largest first; of equal ones the first comes first. */
export function topKIndices(scores: Scores, count: number): number[] {
  if (count > KEPT_IN_ORDER) {
    const order = new Uint32Array(scores.length).map((_, i) => i);
    order.sort((a, b) => scores[b]! - scores[a]! || a - b);
    return Array.from(order.subarray(0, count));
  }
  const best: number[] = [];
  let least = -Infinity;
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i]!;
    if (best.length === count && !(score > least)) continue;
    let at = best.length;
    while (at > 0 && score > scores[best[at - 1]!]!) at--;
    best.splice(at, 0, i);
    if (best.length > count) best.pop();
    if (best.length === count) least = scores[best[count - 1]!]!;
  }
  return best;
}
