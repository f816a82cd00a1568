export { type Answer, type AnswerOptions, answer } from './answer.ts';
export {
  CausalLM,
  type CausalLMSettings,
  type ChatOptions,
  type NextTokensOptions,
} from './causal-lm.ts';
export type { CausalPerplexityOptions } from './causal-perplexity.ts';
export type { CausalTrace, CausalTraceOptions } from './causal-trace.ts';
export { type ClassifyOptions, classify, type LabelScore } from './classify.ts';
export { type ClassifyTokensOptions, classifyTokens } from './classify-tokens.ts';
export { type EmbedOptions, EncoderModel } from './encoder-model.ts';
export type { RunOptions, RunSequence, TextOptions } from './encoder-runs.ts';
export type { Aggregation, Entity } from './entities.ts';
export { type FilledMask, type FillMaskOptions, fillMask, type MaskCandidate } from './fill-mask.ts';
export type { TextInput, TextPair } from './inputs.ts';
export type { LogitLens, LogitLensOptions } from './logit-lens.ts';
export { nextSentence } from './next-sentence.ts';
export type { Perplexity, PerplexityOptions, ScoredToken } from './perplexity.ts';
export { type RankedDocument, type RerankOptions, rerank } from './rerank.ts';
export { indexTexts, type SearchOptions, search } from './search.ts';
export { Seq2SeqLM } from './seq2seq-lm.ts';
export type { Alignments, Seq2SeqTrace, Seq2SeqTraceOptions } from './seq2seq-trace.ts';
export { cosineSimilarity } from './similarity.ts';
export type { SummarizeOptions, TranslateOptions } from './task-defaults.ts';
export type { AttentionMaps, Recording, Trace, TraceOptions } from './trace.ts';
export { type SearchHit, VectorIndex } from './vector-index.ts';
export { type ZeroShotOptions, zeroShot } from './zero-shot.ts';
