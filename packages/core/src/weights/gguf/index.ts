export { GgufCheckpoint } from './checkpoint.ts';
export { type GgufHeader, readGgufHeader } from './header.ts';
export type { GgufArray, GgufEntry, GgufNumbers, GgufValue, GgufValueType } from './metadata.ts';
export type { GgufRule } from './rules.ts';
export type { GgufTensorType, GgufTypeName } from './tensor-types.ts';
export type { GgufTensor } from './tensors.ts';
