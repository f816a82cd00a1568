export type {
  ActivationName,
  AttentionOptions,
  Backend,
  BackendName,
  LinearOptions,
  LinearWeights,
  Offsets,
  RotaryOptions,
  Tensor,
  VocabularyPart,
  WeightType,
} from './backend.ts';
export { weightTypes, withScope } from './backend.ts';
export { availableBackends, type BackendChoice, createBackend } from './create.ts';
export { WasmBackend } from './wasm/wasm.ts';
