/** Pooling of token vectors `[tokens, hiddenSize]` → `[hiddenSize]`: their mean, the first token's (`[CLS]`), or the maximum of each feature. */
export type PoolingMode = 'mean' | 'cls' | 'max';

/** From last hidden states to a sentence embedding. */
export interface Pooling {
  readonly mode: PoolingMode;
  /** Divide by the Euclidean norm. */
  readonly normalize: boolean;
}

/** The default of sentence-transformers. */
export const DEFAULT_POOLING: Pooling = { mode: 'mean', normalize: true };

/** Settings from a sentence-transformers repository (Reimers & Gurevych 2019, https://arxiv.org/abs/1908.10084). */
export interface SentenceSettings {
  readonly pooling: Pooling;
  /** `max_seq_length`: texts are truncated to as many tokens. */
  readonly maxSeqLength?: number;
}
