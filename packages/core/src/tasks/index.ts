export {
  CausalLM,
  type CausalLMSettings,
  type ChatOptions,
  type NextTokensOptions,
} from './causal-lm/causal-lm.ts';
export type { CausalPerplexityOptions } from './causal-lm/causal-perplexity.ts';
export type { CausalTrace, CausalTraceOptions } from './causal-lm/causal-trace.ts';
export type { LogitLens, LogitLensOptions } from './causal-lm/logit-lens.ts';
export { type Answer, type AnswerOptions, answer } from './encoder/answer.ts';
export type { RunOptions, RunSequence, TextOptions } from './encoder/batching.ts';
export { type ClassifyOptions, classify, type LabelScore } from './encoder/classify.ts';
export { type ClassifyTokensOptions, classifyTokens } from './encoder/classify-tokens.ts';
export type { EmbedOptions } from './encoder/embed-options.ts';
export { EncoderModel } from './encoder/encoder-model.ts';
export type { Aggregation, Entity } from './encoder/entities.ts';
export { type FilledMask, type FillMaskOptions, fillMask, type MaskCandidate } from './encoder/fill-mask.ts';
export type { Trace, TraceOptions } from './encoder/inspect-encoder.ts';
export { nextSentence } from './encoder/next-sentence.ts';
export { type RankedDocument, rerank } from './encoder/rerank.ts';
export type { CausalReranker, RerankOptions } from './encoder/rerank-options.ts';
export { indexTexts, type SearchOptions, search } from './encoder/search.ts';
export { type SearchHit, VectorIndex } from './encoder/vector-index.ts';
export { type ZeroShotOptions, zeroShot } from './encoder/zero-shot.ts';
export type { TextInput, TextPair } from './inputs.ts';
export type { Perplexity, PerplexityOptions, ScoredToken } from './perplexity.ts';
export { type RecurrentGenerateOptions, RecurrentSeq2Seq } from './recurrent-seq2seq/recurrent-seq2seq.ts';
export { Seq2SeqLM } from './seq2seq-lm/seq2seq-lm.ts';
export type { Alignments, Seq2SeqTrace, Seq2SeqTraceOptions } from './seq2seq-lm/seq2seq-trace.ts';
export type { SummarizeOptions, TranslateOptions } from './seq2seq-lm/task-specific-params.ts';
export type { AttentionMaps, Recording } from './trace.ts';
export { cosineSimilarity } from './vectors.ts';
