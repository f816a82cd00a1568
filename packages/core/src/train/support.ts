import type { Backend, LinearWeights } from '../backend/backend.ts';
import { type DropoutRules, typescriptDropout } from './dropout/rules.ts';
import { typescriptGradients } from './gradients/index.ts';
import type { GradientRules } from './gradients/rules.ts';
import type { LossRules } from './losses/rules.ts';
import { typescriptLosses } from './losses/typescript.ts';
import { arrayMemory, type FloatBuffer, type TrainingMemory } from './memory/float-buffer.ts';
import { typescriptUpdates, type UpdateRules } from './optimizers/updates.ts';

/** What training needs of a backend beside its operations. */
export interface TrainingSupport {
  /** Where gradients, parameter values and moments are. */
  readonly memory: TrainingMemory;
  /** The gradients of the operations. */
  readonly gradients: GradientRules;
  /** Losses with kernels of their own. */
  readonly losses: LossRules;
  readonly dropout: DropoutRules;
  /** The steps of optimisers. */
  readonly updates: UpdateRules;
  /**
   * Packs the changed values of a linear layer. Returns the weights to be used from now on; `packed` is changed or released.
   *
   * @param weight `[outFeatures, inFeatures]`; @param bias `[outFeatures]`
   */
  packLinear(
    backend: Backend,
    packed: LinearWeights,
    weight: FloatBuffer,
    bias: FloatBuffer | undefined,
  ): LinearWeights;
}

/** Training in TypeScript, with gradients summed in float64. For every backend. */
export const arraySupport: TrainingSupport = {
  memory: arrayMemory,
  gradients: typescriptGradients,
  losses: typescriptLosses,
  dropout: typescriptDropout,
  updates: typescriptUpdates,
  packLinear: (backend, packed, weight, bias) => {
    backend.release(packed);
    return backend.linearWeights(
      weight.data as Float32Array,
      bias?.data as Float32Array | undefined,
      packed.inFeatures,
    );
  },
};
