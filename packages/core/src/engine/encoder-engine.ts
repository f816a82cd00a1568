import type { WeightType } from '../backend/backend.ts';
import type { Activation, Hooks } from '../hooks/hooks.ts';
import type { Pooling } from '../models/encoders/pooling.ts';
import type { TaskHeadKind } from '../models/encoders/task-heads.ts';
import type { TokenBatch } from '../models/token-batch.ts';

/** An output to compute from a batch. Plain data that can be sent to workers. */
export type OutputRequest =
  /** Sentence embeddings: `[batch, modes · hiddenSize]`. `skip` is a number of tokens at the beginning of every sequence that are not pooled. */
  | ({ readonly kind: 'embedding'; readonly skip?: number } & Pooling)
  /** The last hidden state: `[tokens, hiddenSize]`. */
  | { readonly kind: 'hidden' }
  /** A task head's logits, with the shape that `TaskHeadKind` states; of a head over tokens only those of `rows`, indices into the batch. */
  | { readonly kind: TaskHeadKind; readonly rows?: Int32Array };

/** The result of an {@link OutputRequest}, or a decoder's logits: row-major values. */
export interface EncodeOutput {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Options of {@link Engine.encode}. */
export interface EncodeOptions {
  /** Outputs to compute in one forward pass. Default: mean-pooled, L2-normalised sentence embeddings. */
  outputs?: readonly OutputRequest[];
  hooks?: Hooks;
  /** Names or patterns of activations to return. */
  record?: readonly string[];
  signal?: AbortSignal;
}

export interface EncodeResult {
  /** One for each of `outputs`. */
  readonly outputs: readonly EncodeOutput[];
  readonly recorded: ReadonlyMap<string, Activation>;
}

/** A call that is passed to the engine batch by batch. */
export interface BatchedCall {
  /** Number of batches that the engine computes at the same time. */
  readonly slots: number;
  encode(batch: TokenBatch, options?: EncodeOptions): Promise<EncodeResult>;
  /** Must be called after the last batch, or when the call is given up. */
  end(): void;
}

/**
 * Runs an encoder's forward passes, in the calling thread or in workers.
 *
 * A rejected call leaves the engine unchanged and ready for the next one.
 */
export interface Engine {
  /** Display name, for example `wasm-simd` or `wasm-simd × 2 workers`. */
  readonly name: string;
  /** The type that the weights are kept in. Default: `f32`. */
  readonly dtype?: WeightType;
  /** Number of batches that are computed at the same time outside the calling thread. Absent if the calling thread computes. */
  readonly slots?: number;
  encode(batch: TokenBatch, options?: EncodeOptions): Promise<EncodeResult>;
  /** Starts a call of several batches, which counts as one call for the engine's limits. Absent if batches may be independent calls. */
  beginCall?(): BatchedCall;
  /** Frees the model. Calling it again does nothing. */
  dispose(): Promise<void>;
}
