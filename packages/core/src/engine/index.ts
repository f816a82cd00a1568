export type { Pooling, PoolingMode } from '../models/encoders/pooling.ts';
export type { SlotCopy } from '../nn/attention/shared-prefixes.ts';
export { decodeSteps, encodeSourceSteps, lastRows } from './decode-steps.ts';
export type {
  DecodeCallOptions,
  DecodeResult,
  DecoderEngine,
  DecoderSession,
  DecodeStepOptions,
} from './decoder-engine.ts';
export { encodeSteps } from './encode-steps.ts';
export type { BatchedCall, EncodeOptions, EncodeResult, Engine } from './encoder-engine.ts';
export { LocalEngine } from './local-encoder-engine.ts';
export { LocalDecoderEngine } from './local-decoder-engine.ts';
export type { EncodeOutput, OutputRequest } from './output.ts';
export { type SessionLimits, SessionSlots } from './session-slots.ts';
