export { encodeSteps } from './encode-steps.ts';
export type { EncodeOptions, EncodeResult, Engine } from './engine.ts';
export { LocalEngine } from './local.ts';
export type { EncodeOutput, OutputRequest, Pooling, PoolingMode } from './output.ts';
