import type { Activation, Hooks } from '../inspect/hooks.ts';
import type { TokenBatch } from '../models/encoder.ts';

/** What may be asked of an encoder beside its output. */
export interface EncodeOptions {
  hooks?: Hooks;
  /** Names or patterns of activations to give back. */
  record?: readonly string[];
  signal?: AbortSignal;
}

export interface EncodeResult {
  /** Mean of each sequence's last hidden states, divided by its Euclidean length: `[batch, hiddenSize]`. */
  readonly embeddings: Float32Array;
  readonly recorded: ReadonlyMap<string, Activation>;
}

/**
 * Where a model's forward passes are run: in this thread, or spread over workers. Tasks know nothing else of it.
 *
 * A rejected call leaves the engine as it was, ready for the next.
 */
export interface Engine {
  /** For people to read, for example `wasm-simd` or `wasm-simd × 2 workers`. */
  readonly name: string;
  encode(batch: TokenBatch, options?: EncodeOptions): Promise<EncodeResult>;
  /** Frees the model. Calling it again does nothing. */
  dispose(): Promise<void>;
}
