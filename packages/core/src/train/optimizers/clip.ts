import type { ParameterSet } from '../parameters/parameters.ts';

/**
 * Scales the gradients of all trainable parameters so that their norm together is at most `maxNorm` (Pascanu et al. 2013,
 * https://arxiv.org/abs/1211.5063), as PyTorch's `clip_grad_norm_`. Returns the norm before.
 */
export function clipGradNorm(parameters: ParameterSet, maxNorm: number): number {
  let squares = 0;
  for (const { gradient } of parameters.trainable) {
    for (let i = 0; i < gradient.length; i++) squares += gradient[i]! ** 2;
  }
  const norm = Math.sqrt(squares);
  const factor = maxNorm / (norm + 1e-6);
  if (factor < 1) {
    for (const { gradient } of parameters.trainable) {
      for (let i = 0; i < gradient.length; i++) gradient[i]! *= factor;
    }
  }
  return norm;
}
