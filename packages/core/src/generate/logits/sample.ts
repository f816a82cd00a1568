import { ConfigError } from '../../errors.ts';
import { describeValue } from '../../options.ts';
import type { Random } from '../../platform/random.ts';
import { expNegative } from './exp-negative.ts';
import { maximum, type Scores } from './probability.ts';

/**
 * Samples a token id from softmax(scores). Reproducible elsewhere: with w(i) = e^(score(i) − maximum) in float64 and u the next random
 * number, the result is the first id for which w(0) + … + w(i) > u · Σ w.
 */
export function sample(scores: Scores, random: Random): number {
  if (!(scores instanceof Float32Array || scores instanceof Float64Array))
    throw new ConfigError(
      `sample: scores must be a Float32Array or Float64Array, got ${describeValue(scores)}`,
    );
  if (typeof random?.next !== 'function')
    throw new ConfigError(`sample: needs a Random, got ${describeValue(random)}`);
  const max = maximum(scores);
  let total = 0;
  for (let i = 0; i < scores.length; i++)
    if (scores[i]! !== -Infinity) total += expNegative(scores[i]! - max);
  const threshold = random.next() * total;
  let sum = 0;
  let last = 0;
  for (let i = 0; i < scores.length; i++) {
    if (scores[i] === -Infinity) continue;
    sum += expNegative(scores[i]! - max);
    last = i;
    if (sum > threshold) return i;
  }
  return last;
}
