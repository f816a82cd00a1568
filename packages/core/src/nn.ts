// `@headwise/core/nn`: layers with PyTorch's names, arguments and weights, to be used by themselves.

export type {
  AttentionOptions,
  Backend,
  LinearOptions,
  LinearWeights,
  Offsets,
  RotaryOptions,
  SelectedValues,
  Tensor,
  VocabularyPart,
} from './backend/backend.ts';
export { createBackend } from './backend/create.ts';
export type { WeightWriter } from './backend/weight-writer.ts';
export * from './nn/attention/index.ts';
export type { Mask, Masks } from './nn/attention/mask.ts';
export * from './nn/layers/index.ts';
export * from './nn/positions/index.ts';
export * from './nn/recurrent/index.ts';
export * from './nn/seq2seq/index.ts';
export type { FloatArray } from './nn/torch/float-array.ts';
export { type ForwardOptions, Layer } from './nn/torch/layer.ts';
export { Module, type ToOptions } from './nn/torch/module.ts';
export type {
  ModuleParameter,
  ModuleParameters,
  TrainableParameters,
  TrainingBackend,
} from './nn/torch/parameters.ts';
export type { StateDict } from './nn/torch/state-dict.ts';
export type { Values } from './nn/torch/values.ts';
export * from './nn/transformer/index.ts';
export type { QuantizedRows, QuantizedType } from './weights/quantized/rows.ts';
