import type { GradientRules } from '../rules.ts';
import { attentionGradients } from './attention.ts';
import { elementwiseGradients } from './elementwise.ts';
import { linearGradients } from './linear.ts';
import { normGradients } from './norms.ts';
import type { TrainingKernel } from './operands.ts';
import { recurrentGradients } from './recurrent.ts';
import { rowGradients } from './rows.ts';

/** Gradients by the kernels of the training module, in 32 bits. */
export const wasmGradients = (kernel: TrainingKernel): GradientRules => ({
  ...linearGradients(kernel),
  ...elementwiseGradients(kernel),
  ...normGradients(kernel),
  ...rowGradients(kernel),
  ...attentionGradients(kernel),
  ...recurrentGradients(kernel),
});
