// The entry `@headwise/core/save`: models to repositories with small weights.

export { type SavedModel, type SaveModelOptions, type SaveTarget, saveModel } from './save/save-model.ts';
export type { QuantizedRule } from './weights/quantized/rules.ts';
