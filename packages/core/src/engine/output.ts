import type { Pooling } from '../models/encoders/pooling.ts';
import type { TaskHeadKind } from '../models/encoders/task-heads.ts';

/** What to compute from a batch. Plain data: it also travels to workers. */
export type OutputRequest =
  /** Sentence embeddings: `[batch, hiddenSize]`. */
  | ({ readonly kind: 'embedding' } & Pooling)
  /** The last hidden state: `[tokens, hiddenSize]`. */
  | { readonly kind: 'hidden' }
  /** A head's logits, shaped as `HeadKind` says; of a head over tokens only those of `rows`, which are rows of the batch. */
  | { readonly kind: TaskHeadKind; readonly rows?: Int32Array };

/** What came of an {@link OutputRequest}: row-major values. */
export interface EncodeOutput {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}
