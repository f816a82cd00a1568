/** How the vectors of a text's tokens become one: their mean, the first one, or the largest of each feature. */
export type PoolingMode = 'mean' | 'cls' | 'max';

/** How a sentence embedding is made from the last hidden states. */
export interface Pooling {
  readonly mode: PoolingMode;
  /** Whether it is divided by its Euclidean length. */
  readonly normalize: boolean;
}

/** What the models of sentence-transformers do unless their files say otherwise. */
export const DEFAULT_POOLING: Pooling = { mode: 'mean', normalize: true };

/** How a repository of sentence-transformers (Reimers and Gurevych 2019) wants texts to be embedded. */
export interface SentenceSettings {
  readonly pooling: Pooling;
  /** Longest text that the model was trained on, in tokens. */
  readonly maxSeqLength?: number;
}
