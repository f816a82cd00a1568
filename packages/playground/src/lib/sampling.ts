import { minP, Random, sample, temperature, topK, topP } from '@headwise/core';
import { argmax } from './softmax.ts';

/** How the next token is chosen; the names are core's. */
export interface Sampling {
  /** 0 takes the most probable token, whatever the others are. */
  readonly temperature: number;
  /** 0 for all tokens. */
  readonly topK: number;
  /** 1 for all tokens. */
  readonly topP: number;
  /** 0 for all tokens. */
  readonly minP: number;
  readonly seed: number;
}

/** The settings that cut tokens off, in the order in which they do. */
export const CUTS = ['topK', 'topP', 'minP'] as const;
export type Cut = (typeof CUTS)[number];

/** Which tokens are left, and how probable they are. */
export interface Shaped {
  /** Logits divided by the temperature, −∞ for tokens that were cut off, `[vocabSize]`. */
  readonly scores: Float32Array;
  /** For each cut, how many tokens were left after it. */
  readonly left: Readonly<Record<Cut, number>>;
  /** ln Σ e^score. */
  readonly total: number;
}

const NO_SEQUENCE = { ids: [], promptLength: 0 };

/** Logits as the settings change them: with core's functions, in core's order. */
export function shape(logits: Float32Array, settings: Sampling): Shaped {
  const left = { topK: 1, topP: 1, minP: 1 };
  const scores = warp(logits, settings, (cut, current) => {
    left[cut] = countLeft(current);
  });
  return { scores, left, total: logSumExp(scores) };
}

/** The scores of {@link Shaped}. `onCut` is called after each cut. */
function warp(
  logits: Float32Array,
  settings: Sampling,
  onCut: (cut: Cut, scores: Float32Array) => void = () => undefined,
): Float32Array {
  const scores = logits.slice();
  if (settings.temperature === 0) {
    const best = argmax(scores);
    scores.fill(-Infinity);
    scores[best] = logits[best]!;
    return scores;
  }
  if (settings.temperature !== 1) temperature(settings.temperature)(scores, NO_SEQUENCE);
  if (settings.topK > 0) topK(settings.topK)(scores, NO_SEQUENCE);
  onCut('topK', scores);
  if (settings.topP < 1) topP(settings.topP)(scores, NO_SEQUENCE);
  onCut('topP', scores);
  if (settings.minP > 0) minP(settings.minP)(scores, NO_SEQUENCE);
  onCut('minP', scores);
  return scores;
}

/** The token that a text has at a place after its prompt: the place's random number of the seed decides. */
export function draw(logits: Float32Array, settings: Sampling, place: number): number {
  if (settings.temperature === 0) return argmax(logits);
  const scores = warp(logits, settings);
  // A temperature so low that quotients overflow.
  if (!Number.isFinite(scores[argmax(scores)]!)) return argmax(logits);
  const random = new Random(settings.seed);
  for (let i = 0; i < place; i++) random.next();
  return sample(scores, random);
}

/** ln Σ e^x. */
export function logSumExp(values: Float32Array): number {
  const max = values[argmax(values)]!;
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += Math.exp(values[i]! - max);
  return max + Math.log(sum);
}

/** Entropy of softmax(values) in bits. `total` is ln Σ e^x. */
export function entropyBits(values: Float32Array, total: number): number {
  let nats = 0;
  for (let i = 0; i < values.length; i++) {
    const logP = values[i]! - total;
    if (logP > -Infinity) nats -= Math.exp(logP) * logP;
  }
  return nats / Math.LN2;
}

/** Indices of the `count` largest values, largest first; equal ones in the order of their indices. */
export function largest(values: Float32Array, count: number): number[] {
  const best: number[] = [];
  let least = -Infinity;
  for (let i = 0; i < values.length; i++) {
    if (best.length === count && values[i]! <= least) continue;
    let at = best.length;
    while (at > 0 && values[i]! > values[best[at - 1]!]!) at -= 1;
    best.splice(at, 0, i);
    if (best.length > count) best.pop();
    if (best.length === count) least = values[best[count - 1]!]!;
  }
  return best;
}

function countLeft(scores: Float32Array): number {
  let count = 0;
  for (let i = 0; i < scores.length; i++) if (scores[i]! > -Infinity) count += 1;
  return count;
}
