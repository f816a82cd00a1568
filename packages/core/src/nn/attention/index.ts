export type { CausalVariant } from './mask.ts';
export {
  MultiHeadAttention,
  type MultiHeadAttentionCall,
  type MultiHeadAttentionOptions,
  type MultiHeadAttentionResult,
} from './multi-head-attention.ts';
export {
  type ScaledDotProductOptions,
  type ScaledDotProductResult,
  type ScoreStage,
  scaledDotProductAttention,
} from './scaled-dot-product.ts';
export {
  AdditiveAttention,
  type AdditiveAttentionOptions,
  ConcatAttention,
  GeneralAttention,
  type GeneralAttentionOptions,
} from './scores/attentions.ts';
export { DotAttention, ScaledDotProductAttention } from './scores/dot-attention.ts';
export type { ScoreName } from './scores/load-score.ts';
export type { ScoreAttentionCall, ScoreAttentionResult } from './scores/score-attention.ts';
