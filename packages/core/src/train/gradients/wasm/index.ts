import { typescriptGradients } from '../index.ts';
import type { GradientRules } from '../rules.ts';
import { elementwiseGradients } from './elementwise.ts';
import { linearGradients } from './linear.ts';
import { normGradients } from './norms.ts';
import type { TrainingKernel } from './operands.ts';

/** Gradients by the kernels of the training module, in 32 bits. */
export const wasmGradients = (kernel: TrainingKernel): GradientRules => ({
  ...typescriptGradients,
  ...linearGradients(kernel),
  ...elementwiseGradients(kernel),
  ...normGradients(kernel),
});
