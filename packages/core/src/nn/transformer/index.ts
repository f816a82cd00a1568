export { TransformerDecoder, TransformerDecoderLayer, type TransformerDecoderOptions } from './decoder.ts';
export { type EncoderCall, TransformerEncoder, TransformerEncoderLayer, type TransformerEncoderOptions } from './encoder.ts';
export type { DecoderMasks, EncoderMasks } from './masks.ts';
export type { TransformerLayerOptions, TransformerStackOptions } from './options.ts';
export { Transformer, type TransformerCall, type TransformerOptions } from './transformer.ts';
