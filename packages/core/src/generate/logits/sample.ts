import { expNegative, largest, type Scores } from './probability.ts';
import type { Random } from './random.ts';

/**
 * Draws a token from the distribution that the logits stand for. Documented, so that it can be done again elsewhere: with
 * w(i) = e^(logit(i) − largest) in float64 and u the next random number, it is the first token in the order of the vocabulary at which
 * the sum of w(0) … w(i) exceeds u · Σ w.
 */
export function sample(scores: Scores, random: Random): number {
  const most = largest(scores);
  let total = 0;
  for (let i = 0; i < scores.length; i++)
    if (scores[i]! !== -Infinity) total += expNegative(scores[i]! - most);
  const until = random.next() * total;
  let sum = 0;
  let last = 0;
  for (let i = 0; i < scores.length; i++) {
    if (scores[i] === -Infinity) continue;
    sum += expNegative(scores[i]! - most);
    last = i;
    if (sum > until) return i;
  }
  return last;
}
