export * from './backend/index.ts';
export * from './engine/index.ts';
export * from './errors.ts';
export * from './generate/index.ts';
export * from './inspect/index.ts';
export { type LoadGeneratorOptions, loadCausalLM } from './load-causal-lm.ts';
export {
  checkWeightTypeName,
  type LoadOptions,
  loadModel,
  type ModelFiles,
  type OpenOptions,
  openModel,
} from './load-model.ts';
export { loadSeq2SeqLM } from './load-seq2seq-lm.ts';
export * from './models/index.ts';
export * from './nn/index.ts';
export { type GeneratorFiles, type OpenGeneratorOptions, openGenerator } from './open-generator.ts';
export { openSingleFile, type SingleFileModel } from './open-single-file.ts';
export * from './tasks/index.ts';
export * from './text/index.ts';
export * from './weights/index.ts';
