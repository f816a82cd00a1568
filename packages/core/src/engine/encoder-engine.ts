import type { Activation, Hooks } from '../hooks/hooks.ts';
import type { TokenBatch } from '../models/token-batch.ts';
import type { EncodeOutput, OutputRequest } from './output.ts';

/** What may be asked of an encoder. */
export interface EncodeOptions {
  /** What to compute, in one pass. Default: mean-pooled, normalised sentence embeddings. */
  outputs?: readonly OutputRequest[];
  hooks?: Hooks;
  /** Names or patterns of activations to give back. */
  record?: readonly string[];
  signal?: AbortSignal;
}

export interface EncodeResult {
  /** One for each of `outputs`. */
  readonly outputs: readonly EncodeOutput[];
  readonly recorded: ReadonlyMap<string, Activation>;
}

/** A call whose batches an engine gets one by one. */
export interface BatchedCall {
  /** How many of its batches to have under way at the same time. */
  readonly slots: number;
  encode(batch: TokenBatch, options?: EncodeOptions): Promise<EncodeResult>;
  /** To be called when its last batch is done, or nothing more is wanted of it. */
  end(): void;
}

/**
 * Where a model's forward passes are run: in this thread, or spread over workers. Tasks know nothing else of it.
 *
 * A rejected call leaves the engine as it was, ready for the next.
 */
export interface Engine {
  /** For people to read, for example `wasm-simd` or `wasm-simd × 2 workers`. */
  readonly name: string;
  /** How many calls it computes at the same time, outside of this thread. Absent if it computes in this thread, one by one. */
  readonly slots?: number;
  encode(batch: TokenBatch, options?: EncodeOptions): Promise<EncodeResult>;
  /**
   * Announces a call over texts of these lengths in tokens: whatever limit the engine has, it counts as one call, and an engine with several
   * ways to compute chooses one for all of it. Absent if each batch may as well be a call of its own.
   */
  beginCall?(lengths: readonly number[]): BatchedCall;
  /** Frees the model. Calling it again does nothing. */
  dispose(): Promise<void>;
}
