import type { ModuleParameters } from '../../nn/torch/parameters.ts';
import { trainedParameters } from '../parameters/parameters.ts';

/**
 * Scales the gradients of all trainable parameters so that their norm together is at most `maxNorm` (Pascanu et al. 2013,
 * https://arxiv.org/abs/1211.5063), as PyTorch's `clip_grad_norm_`. Returns the norm before.
 */
export function clipGradNorm(parameters: ModuleParameters, maxNorm: number): number {
  const { trainable, support } = trainedParameters(parameters);
  const { updates } = support;
  let squares = 0;
  for (const { gradientBuffer } of trainable) squares += updates.sumOfSquares(gradientBuffer);
  const norm = Math.sqrt(squares);
  const factor = maxNorm / (norm + 1e-6);
  if (factor < 1) {
    for (const { gradientBuffer } of trainable) updates.scale(gradientBuffer, factor);
  }
  return norm;
}
