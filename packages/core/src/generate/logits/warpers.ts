import { expNegative, largest, type Scores, topKIndices } from './probability.ts';
import type { LogitsProcessor } from './processors.ts';

// Warpers change the distribution that is drawn from. They only make sense in this order: temperature, top-k, top-p, min-p.

/** Divides the logits: below 1 what is likely becomes likelier, above 1 all become more alike. */
export function temperature(value: number): LogitsProcessor {
  return (scores) => {
    for (let i = 0; i < scores.length; i++) scores[i]! /= value;
  };
}

/** Leaves the `count` likeliest tokens, and those as likely as the last of them (Fan et al. 2018). */
export function topK(count: number): LogitsProcessor {
  return (scores) => {
    if (count < scores.length) forbidBelow(scores, kthLargest(scores, count));
  };
}

/** Leaves the likeliest tokens that together have at least this probability (nucleus sampling, Holtzman et al. 2020). */
export function topP(probability: number): LogitsProcessor {
  return (scores) => {
    const most = largest(scores);
    let total = 0;
    for (let i = 0; i < scores.length; i++) total += expNegative(scores[i]! - most);
    // Few tokens have most of the probability: sorting them all is seldom needed.
    for (let count = 64; ; count *= 16) {
      const best = topKIndices(scores, Math.min(count, scores.length));
      let sum = 0;
      const enough = best.findIndex((id) => {
        sum += expNegative(scores[id]! - most);
        return sum >= probability * total;
      });
      if (enough < 0 && best.length < scores.length) continue;
      keepOnly(scores, enough < 0 ? best : best.slice(0, enough + 1));
      return;
    }
  };
}

/** Leaves tokens that are at least this much as likely as the likeliest (Nguyen et al. 2024). */
export function minP(ratio: number): LogitsProcessor {
  const distance = Math.log(ratio);
  return (scores) => forbidBelow(scores, largest(scores) + distance);
}

function kthLargest(scores: Scores, count: number): number {
  if (count <= 128) return scores[topKIndices(scores, count)[count - 1]!]!;
  return scores.slice().sort()[scores.length - count]!;
}

function forbidBelow(scores: Scores, least: number): void {
  for (let i = 0; i < scores.length; i++) if (scores[i]! < least) scores[i] = -Infinity;
}

function keepOnly(scores: Scores, ids: readonly number[]): void {
  const kept = ids.map((id) => scores[id]!);
  scores.fill(-Infinity);
  for (const [i, id] of ids.entries()) scores[id] = kept[i]!;
}
