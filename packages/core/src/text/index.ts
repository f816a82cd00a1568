export {
  type ChatContentPart,
  type ChatMessage,
  ChatTemplate,
  type ChatTemplateFiles,
  type ChatTemplateOptions,
} from './chat-template.ts';
export { type PaddedBatch, type PadOptions, padSequences } from './padding.ts';
export type { SpecialTokens } from './special-tokens.ts';
export { type StreamStep, TextStream, type TextStreamOptions } from './stream.ts';
export { DecodeStream, type DecodeStreamOptions } from './stream-decode.ts';
export {
  type DecodeOptions,
  type Encoding,
  type EncodingWithOffsets,
  type TokenizeOptions,
  Tokenizer,
  type TokenizerFiles,
} from './tokenizer.ts';
export type { TruncationSide, TruncationStrategy } from './truncation.ts';
