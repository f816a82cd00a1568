// Gradients and training. Layers and models are those of inference: they run on a `RecordingBackend`, which records what they compute.

export type { AttentionSizes, ContextSizes } from '../backend/check-attention.ts';
export { typescriptGradients } from './gradients/index.ts';
export type { AttentionGradient, GradientRules, NormGradient } from './gradients/rules.ts';
export type { GradientView } from './gradients/view.ts';
export { LoraAdapter, loadAdapter } from './lora/adapter.ts';
export type { LoraConfig } from './lora/config.ts';
export { Lora } from './lora/lora.ts';
export type { AdapterRule, LowRankFactors } from './lora/low-rank.ts';
export type { LoraOptions } from './lora/plan.ts';
export { type MultipleNegativesRankingOptions, multipleNegativesRanking } from './losses/contrastive.ts';
export { type CrossEntropyOptions, crossEntropy } from './losses/cross-entropy.ts';
export {
  binaryCrossEntropyWithLogits,
  type ElementwiseLossOptions,
  meanSquaredError,
} from './losses/elementwise.ts';
export type { Reduction } from './losses/reduction.ts';
export { Adam, type AdamOptions, AdamW } from './optimizers/adam.ts';
export { clipGradNorm } from './optimizers/clip.ts';
export { Optimizer, type OptimizerOptions, type OptimizerState } from './optimizers/optimizer.ts';
export {
  constantSchedule,
  cosineSchedule,
  type DecayOptions,
  inverseSqrtSchedule,
  linearSchedule,
  type Schedule,
  type WarmupOptions,
} from './optimizers/schedules.ts';
export { SGD, type SGDOptions } from './optimizers/sgd.ts';
export { type LoadTrainableOptions, loadTrainable, type Trainable } from './parameters/load-trainable.ts';
export { type ChangedParameters, type Parameter, ParameterSet } from './parameters/parameters.ts';
export { arraySupport, type TrainingSupport } from './support.ts';
export { type CustomOperation, RecordingBackend } from './tape/recording-backend.ts';
export type { SavedValue } from './tape/saved.ts';
export type { Tape } from './tape/tape.ts';
export { trainingSupport } from './training-support.ts';
