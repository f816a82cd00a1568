import type { Step, Translation } from '../../engine/learn/recurrent.ts';
import type { Word } from '../../lib/words.ts';

/** Weights with one of them changed: the others keep their proportions, and all sum to 1. */
export function moveWeight(weights: readonly number[], index: number, value: number): number[] {
  const rest = weights.reduce((sum, weight, i) => (i === index ? sum : sum + weight), 0);
  return weights.map((weight, i) => {
    if (i === index) return value;
    return rest > 0 ? (weight / rest) * (1 - value) : (1 - value) / (weights.length - 1);
  });
}

/** What a source word adds to the context of a step: its tokens' states by their weights, `[size]`. Those of all words add up to the context. */
export function contribution(
  { alignments, states, contexts }: Translation,
  step: number,
  { from, to }: Word,
): Float32Array {
  const size = contexts[step]?.length ?? 0;
  const sum = new Float32Array(size);
  for (let token = from; token < to; token++) {
    const weight = alignments[step]?.[token] ?? 0;
    for (let i = 0; i < size; i++) sum[i] = (sum[i] ?? 0) + weight * (states[token * size + i] ?? 0);
  }
  return sum;
}

/** The first step of a word that writes letters: `▁` alone only begins it. */
export function firstLetters(steps: readonly Step[], word: Word): number {
  for (let step = word.from; step < word.to; step++) if (steps[step]?.token !== '▁') return step;
  return word.from;
}
