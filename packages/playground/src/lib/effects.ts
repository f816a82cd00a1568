import { cosineToDegrees } from './cosine.ts';
import { probabilitiesOf } from './softmax.ts';
import { dot } from './vectors.ts';

/**
 * What a change in the model does to its output. `rotation`: the cosine of two embeddings of length 1, and their angle. `shift`: the part of the
 * next token's probability that moves to other tokens, 0 to 1 (the total variation distance).
 */
export type Effect =
  | { readonly kind: 'rotation'; readonly cosine: number; readonly size: number }
  | { readonly kind: 'shift'; readonly size: number };

/** The effect between two outputs of a model of a kind. `size` is in degrees for encoders. */
export function effectOf(kind: 'encoder' | 'causalLM', before: Float32Array, after: Float32Array): Effect {
  if (kind === 'encoder') {
    const cosine = dot(before, after);
    return { kind: 'rotation', cosine, size: cosineToDegrees(cosine) };
  }
  return { kind: 'shift', size: shift(before, after) };
}

/** The mean shift of the probabilities over some steps, whose logits are one after another. */
export function meanShift(before: Float32Array, after: Float32Array, steps: number): number {
  const size = before.length / steps;
  let sum = 0;
  for (let at = 0; at < before.length; at += size) {
    const [a, b] = [before, after].map((logits) => probabilitiesOf(logits.subarray(at, at + size)));
    sum += shift(a!, b!);
  }
  return sum / steps;
}

function shift(before: Float32Array, after: Float32Array): number {
  return before.reduce((sum, value, i) => sum + Math.abs(value - (after[i] ?? 0)), 0) / 2;
}
