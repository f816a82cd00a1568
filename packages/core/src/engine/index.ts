export type { Pooling, PoolingMode } from '../models/encoders/pooling.ts';
export type { SlotCopy } from '../nn/attention/shared-prefixes.ts';
export type {
  DecodeCallOptions,
  DecodeResult,
  DecoderEngine,
  DecoderSession,
  DecodeStepOptions,
} from './decoder-engine.ts';
export type {
  BatchedCall,
  EncodeOptions,
  EncodeOutput,
  EncodeResult,
  Engine,
  OutputRequest,
} from './encoder-engine.ts';
export { decodeSteps, encodeSourceSteps, LocalDecoderEngine, lastRows } from './local-decoder-engine.ts';
export { encodeSteps, LocalEngine } from './local-encoder-engine.ts';
export { type SessionLimits, SessionSlots } from './session-slots.ts';
