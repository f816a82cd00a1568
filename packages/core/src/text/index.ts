export { type PaddedBatch, type PadOptions, padSequences } from './padding.ts';
export type { SpecialTokens } from './special-tokens.ts';
export {
  type Encoding,
  type EncodingWithOffsets,
  type TokenizeOptions,
  Tokenizer,
  type TokenizerFiles,
} from './tokenizer.ts';
export type { TruncationSide, TruncationStrategy } from './truncate.ts';
