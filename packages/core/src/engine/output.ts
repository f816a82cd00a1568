import type { HeadKind } from '../models/heads.ts';

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

/** What to compute from a batch. Plain data: it also travels to workers. */
export type OutputRequest =
  /** Sentence embeddings: `[batch, hiddenSize]`. */
  | ({ readonly kind: 'embedding' } & Pooling)
  /** The last hidden state: `[tokens, hiddenSize]`. */
  | { readonly kind: 'hidden' }
  /** A head's logits, shaped as `HeadKind` says; of a head over tokens only those of `rows`, which are rows of the batch. */
  | { readonly kind: HeadKind; readonly rows?: Int32Array };

/** What came of an {@link OutputRequest}: row-major values. */
export interface EncodeOutput {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}
