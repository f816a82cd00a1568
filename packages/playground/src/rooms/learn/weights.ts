import type { Step } from '../../engine/learn/recurrent.ts';
import type { Word } from '../../lib/words.ts';

/** Weights with one of them changed: the others keep their proportions, and all sum to 1. */
export function moveWeight(weights: readonly number[], index: number, value: number): number[] {
  const rest = weights.reduce((sum, weight, i) => (i === index ? sum : sum + weight), 0);
  return weights.map((weight, i) => {
    if (i === index) return value;
    return rest > 0 ? (weight / rest) * (1 - value) : (1 - value) / (weights.length - 1);
  });
}

/** The first step of a word that writes letters: `▁` alone only begins it. */
export function firstLetters(steps: readonly Step[], word: Word): number {
  for (let step = word.from; step < word.to; step++) if (steps[step]?.token !== '▁') return step;
  return word.from;
}
