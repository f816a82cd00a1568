export { checkWeightTypeName } from './backend/check.ts';
export * from './backend/index.ts';
export * from './engine/index.ts';
export * from './errors.ts';
export * from './generate/index.ts';
export * from './inspect/index.ts';
export { type LoadGeneratorOptions, loadCausalLM } from './load/load-causal-lm.ts';
export {
  type LoadOptions,
  loadModel,
  type ModelFiles,
  type OpenOptions,
  openModel,
} from './load/load-model.ts';
export { loadSeq2SeqLM } from './load/load-seq2seq-lm.ts';
export { type GeneratorFiles, type OpenGeneratorOptions, openGenerator } from './load/open-generator.ts';
export { openSingleFile } from './load/open-single-file.ts';
export type { SingleFileModel } from './load/single-file-model.ts';
export * from './models/index.ts';
export * from './nn/index.ts';
export * from './tasks/index.ts';
export * from './text/index.ts';
export * from './weights/index.ts';
