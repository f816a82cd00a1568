import { checkOption } from '../../options.ts';
import { expNegative } from './exp-negative.ts';
import { maximum, type Scores, topKIndices } from './probability.ts';
import type { LogitsProcessor } from './processors.ts';

// Warpers change the sampling distribution. Order of application: temperature, top-k, top-p, min-p.

/** Divides the logits: below 1 the distribution gets sharper, above 1 flatter. */
export function temperature(value: number): LogitsProcessor {
  checkOption('temperature', 'value', value, 'positive');
  return (scores) => {
    for (let i = 0; i < scores.length; i++) scores[i]! /= value;
  };
}

/** Keeps the `count` most probable tokens, and those as probable as the last of them (Fan et al. 2018). */
export function topK(count: number): LogitsProcessor {
  checkOption('topK', 'count', count, 'count');
  return (scores) => {
    if (count < scores.length) forbidBelow(scores, kthLargest(scores, count));
  };
}

/** Keeps the fewest most probable tokens whose probabilities add up to at least this (nucleus sampling, Holtzman et al. 2020). */
export function topP(probability: number): LogitsProcessor {
  checkOption('topP', 'probability', probability, 'fraction');
  return (scores) => {
    const max = maximum(scores);
    let total = 0;
    for (let i = 0; i < scores.length; i++) total += expNegative(scores[i]! - max);
    // Usually few tokens suffice: the number of sorted ones grows only when needed.
    for (let count = 64; ; count *= 16) {
      const best = topKIndices(scores, Math.min(count, scores.length));
      let sum = 0;
      const last = best.findIndex((id) => {
        sum += expNegative(scores[id]! - max);
        return sum >= probability * total;
      });
      if (last < 0 && best.length < scores.length) continue;
      keepOnly(scores, last < 0 ? best : best.slice(0, last + 1));
      return;
    }
  };
}

/** Keeps tokens with at least `ratio` times the maximum probability (Nguyen et al. 2024). */
export function minP(ratio: number): LogitsProcessor {
  checkOption('minP', 'ratio', ratio, 'fraction');
  const distance = Math.log(ratio);
  return (scores) => forbidBelow(scores, maximum(scores) + distance);
}

function kthLargest(scores: Scores, count: number): number {
  if (count <= 128) return scores[topKIndices(scores, count)[count - 1]!]!;
  return scores.slice().sort()[scores.length - count]!;
}

function forbidBelow(scores: Scores, threshold: number): void {
  for (let i = 0; i < scores.length; i++) if (scores[i]! < threshold) scores[i] = -Infinity;
}

function keepOnly(scores: Scores, ids: readonly number[]): void {
  const kept = ids.map((id) => scores[id]!);
  scores.fill(-Infinity);
  for (const [i, id] of ids.entries()) scores[id] = kept[i]!;
}
