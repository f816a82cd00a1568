export type { BertConfig } from './bert.ts';
export { BertModel } from './bert.ts';
export type { Encoder, TokenBatch } from './encoder.ts';
export { type EncoderConfig, loadEncoder, parseEncoderConfig } from './registry.ts';
