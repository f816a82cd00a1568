import { cosineToDegrees } from './cosine.ts';
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
  const moved = before.reduce((sum, value, i) => sum + Math.abs(value - (after[i] ?? 0)), 0);
  return { kind: 'shift', size: moved / 2 };
}
