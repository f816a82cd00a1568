export type { SlotCopy } from '../nn/cache.ts';
export { decodeSteps, lastRows, rememberSteps } from './decode-steps.ts';
export type {
  DecodeCallOptions,
  DecodeResult,
  DecoderEngine,
  DecoderSession,
  DecodeStepOptions,
} from './decoder-engine.ts';
export { encodeSteps } from './encode-steps.ts';
export type { BatchedCall, EncodeOptions, EncodeResult, Engine } from './engine.ts';
export { LocalEngine } from './local.ts';
export { LocalDecoderEngine } from './local-decoder.ts';
export type { EncodeOutput, OutputRequest, Pooling, PoolingMode } from './output.ts';
export { type SessionLimits, SessionSlots } from './session-slots.ts';
