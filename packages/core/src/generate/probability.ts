import { HeadwiseError } from '../errors.ts';

/** Logits, or log-probabilities: one value for each token of the vocabulary. Processors change them in place. */
export type Scores = Float32Array | Float64Array;

// e^x = 2^(n/64) · e^r with |r| ≤ ln 2 / 128. ln 2 is split in two, so that n times its upper part is exact (as in fdlibm).
const STEPS = 64;
const LN2_HIGH = 0.6931471803691238 / STEPS;
const LN2_LOW = 1.9082149292705877e-10 / STEPS;
const LEAST_POWER = -1022;
const POWERS = Float64Array.from({ length: STEPS }, (_, i) => rootPower(i));
const SCALES = Float64Array.from({ length: 1 - LEAST_POWER }, (_, i) => 2 ** -i);

/** 2^(i/64), by square roots alone: they are rounded alike everywhere, `2 ** x` is not. */
function rootPower(i: number): number {
  let power = 1;
  let root = 2;
  for (let bit = STEPS / 2; bit >= 1; bit /= 2) {
    root = Math.sqrt(root);
    if (i & bit) power *= root;
  }
  return power;
}

/**
 * e^x for x ≤ 0 within 5e-15 of its value, in the same bits on every platform: `Math.exp` may differ in its last one, and then a seed
 * would not give the same tokens everywhere. Below −708 it is 0.
 */
export function expNegative(x: number): number {
  if (!(x > -708)) return x <= -708 ? 0 : Number.NaN;
  const n = Math.round(x * (STEPS / Math.LN2));
  const r = x - n * LN2_HIGH - n * LN2_LOW;
  const series = 1 + r * (1 + r * (1 / 2 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120)))));
  return POWERS[n & (STEPS - 1)]! * series * SCALES[-(n >> 6)]!;
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
 * ln Σ e^x, in float64 and without overflow: what a logit has to be reduced by to be a log-probability.
 *
 * Throws `HeadwiseError` if a value is NaN or +∞, or none is finite: nothing could be said of what comes next.
 */
export function logSumExp(scores: ArrayLike<number>): number {
  const most = largest(scores);
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
export function largestIndices(scores: Scores, count: number): number[] {
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
