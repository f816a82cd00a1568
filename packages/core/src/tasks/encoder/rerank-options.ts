import type { Hooks } from '../../hooks/hooks.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import type { TextOptions } from './batching.ts';

export interface RerankOptions extends TextOptions {
  /** Number of documents to return. Default: all. */
  topK?: number;
  /** What a document has to do, for decoders. Default: that of Qwen3-Reranker, to answer a web search query. */
  instruction?: string;
  /** Function that is applied to a logit; it does not change the order. Default: `sigmoid`, 0 … 1. */
  activation?: 'sigmoid' | 'none';
}

/** What `rerank` needs of a decoder: `CausalLM` has it. */
export interface CausalReranker {
  readonly kind: 'causalLM';
  readonly tokenizer: Tokenizer;
  readonly contextLength: number;
  nextLogits(ids: Int32Array, options?: { hooks?: Hooks; signal?: AbortSignal }): Promise<Float32Array>;
}
