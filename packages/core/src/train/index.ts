// Gradients and training. Layers and models are those of inference: they run on a `RecordingBackend`, which records what they compute.

export type { AttentionSizes, ContextSizes } from '../backend/check-attention.ts';
export { openCheckpoints } from './checkpoints/open-checkpoints.ts';
export type { CheckpointOptions } from './checkpoints/options.ts';
export { type CheckpointStorage, MemoryCheckpoints } from './checkpoints/storage.ts';
export {
  type CreateModelOptions,
  type CreateStateDictOptions,
  createModel,
  createStateDict,
} from './create/create-model.ts';
export type { SeedOptions } from './create/initial-checkpoint.ts';
export { initializeMissing } from './create/missing-weights.ts';
export type { TokenExample } from './data/packing.ts';
export { type TextBlockOptions, textBlocks } from './data/text-blocks.ts';
export { dropout } from './dropout/dropout.ts';
export { type DropoutRates, dropoutRates } from './dropout/rates.ts';
export type { DropoutMask, DropoutRules } from './dropout/rules.ts';
export { typescriptGradients } from './gradients/index.ts';
export type { AttentionGradient, GradientRules, NormGradient } from './gradients/rules.ts';
export type { GradientView } from './gradients/view.ts';
export { LoraAdapter, loadAdapter } from './lora/adapter.ts';
export type { LoraConfig } from './lora/config.ts';
export { Lora } from './lora/lora.ts';
export type { AdapterContents, AdapterRule, LowRankFactors } from './lora/low-rank.ts';
export type { LoraOptions } from './lora/plan.ts';
export { type MultipleNegativesRankingOptions, multipleNegativesRanking } from './losses/contrastive.ts';
export { type CrossEntropyOptions, crossEntropy } from './losses/cross-entropy.ts';
export {
  binaryCrossEntropyWithLogits,
  type ElementwiseLossOptions,
  meanSquaredError,
} from './losses/elementwise.ts';
export type { Reduction } from './losses/reduction.ts';
export type { CrossEntropyRows, LossResult, LossRules } from './losses/rules.ts';
export type { FloatBuffer, Floats, TrainingMemory } from './memory/float-buffer.ts';
export {
  type OpenTrainableOptions,
  openTrainable,
  type TrainableCausalLM,
  type TrainableEncoder,
  type TrainableModel,
  type TrainableRecurrentSeq2Seq,
  type TrainableSeq2SeqLM,
} from './models/trainable-model.ts';
export {
  type CausalLMBatch,
  type CausalLMExample,
  causalLanguageModelling,
} from './objectives/causal-lm.ts';
export {
  type ClassBatch,
  type ClassificationExample,
  multiLabelClassification,
  type NumbersBatch,
  type NumbersExample,
  regression,
  sequenceClassification,
  type TokenClassBatch,
  type TokenClassificationExample,
  tokenClassification,
} from './objectives/classification.ts';
export type { RunPosition } from './objectives/context.ts';
export {
  type ContrastiveEmbeddingOptions,
  contrastiveEmbedding,
  type PairBatch,
  type PairExample,
} from './objectives/contrastive.ts';
export { type CustomObjectiveOptions, customObjective } from './objectives/custom.ts';
export { type MaskedLMBatch, type MaskedLMOptions, maskedLanguageModelling } from './objectives/masked-lm.ts';
export {
  type BertPreTrainingBatch,
  bertPreTraining,
  type NextSentenceBatch,
  type NextSentenceExample,
  nextSentencePrediction,
} from './objectives/next-sentence.ts';
export type { LossContext, Objective, SmoothingOptions, TrainingBatch } from './objectives/objective.ts';
export {
  type RecurrentSeq2SeqBatch,
  type RecurrentSeq2SeqOptions,
  recurrentSeq2SeqModelling,
} from './objectives/recurrent-seq2seq.ts';
export {
  type Seq2SeqLMBatch,
  type Seq2SeqLMExample,
  type Seq2SeqLMOptions,
  seq2SeqLanguageModelling,
} from './objectives/seq2seq-lm.ts';
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
export type { AdamStep, SGDStep, UpdateRules } from './optimizers/updates.ts';
export { type LoadTrainableOptions, loadTrainable, type Trainable } from './parameters/load-trainable.ts';
export { type ChangedParameters, type Parameter, ParameterSet } from './parameters/parameters.ts';
export { type QuantizedStateDict, type QuantizeOptions, quantizeStateDict } from './quantize-state-dict.ts';
export { arraySupport, type TrainingSupport } from './support.ts';
export { type CustomOperation, RecordingBackend } from './tape/recording-backend.ts';
export type { SavedValue } from './tape/saved.ts';
export type { Tape } from './tape/tape.ts';
export type { EvaluationResult, StepReport, TrainResult } from './trainer/events.ts';
export type { GradientResult, GradientTask, Replicas } from './trainer/gradient-tasks.ts';
export type {
  EarlyStoppingOptions,
  EvaluationMetrics,
  OptimizerChoice,
  TrainerOptions,
} from './trainer/options.ts';
export { GradientReplica, type ReplicaOptions } from './trainer/replicas.ts';
export { Trainer } from './trainer/trainer.ts';
export { TrainingError, type TrainingErrorDetails } from './trainer/training-error.ts';
export { trainingSupport } from './training-support.ts';
