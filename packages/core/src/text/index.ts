export type { SpecialTokens } from './special-tokens.ts';
export { type Encoding, type TokenizeOptions, Tokenizer, type TokenizerFiles } from './tokenizer.ts';
