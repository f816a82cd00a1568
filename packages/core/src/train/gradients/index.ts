import { attention, attentionContext, attentionScores } from './attention.ts';
import { activate, add, gate, move } from './elementwise.ts';
import { linear } from './linear.ts';
import { l2Normalize, layerNorm, rmsNorm, softmax } from './norms.ts';
import { gruGates, lstmGates } from './recurrent.ts';
import { embedding, meanPool, rotary } from './rows.ts';
import type { GradientRules } from './rules.ts';

/** All gradients in TypeScript, summed in float64. */
export const typescriptGradients: GradientRules = {
  add,
  move,
  linear,
  activate,
  gate,
  layerNorm,
  rmsNorm,
  softmax,
  embedding,
  meanPool,
  l2Normalize,
  attention,
  attentionScores,
  attentionContext,
  rotary,
  lstmGates,
  gruGates,
};
