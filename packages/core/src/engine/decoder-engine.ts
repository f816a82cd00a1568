import type { Activation, Hooks } from '../hooks/hooks.ts';
import type { DecodeBatch } from '../models/decoders/decoder.ts';
import type { TokenBatch } from '../models/token-batch.ts';
import type { SlotCopy } from '../nn/attention/shared-prefixes.ts';
import type { EncodeOutput } from './encoder-engine.ts';

/** What every call to a decoder may be given. */
export interface DecodeCallOptions {
  hooks?: Hooks;
  /** Names or patterns of activations to give back. */
  record?: readonly string[];
  signal?: AbortSignal;
}

/** What may be asked of one step of a decoder. */
export interface DecodeStepOptions extends DecodeCallOptions {
  /** The tokens of the batch whose logits are wanted, as rows of the batch. Default: the last one of each sequence. */
  rows?: Int32Array;
  /** Slots to be copied before anything else, all at once: what `from` held before the call goes to `to`. For beam search. */
  copies?: readonly SlotCopy[];
}

export interface DecodeResult {
  /** `[rows, vocabSize]`. */
  readonly logits: EncodeOutput;
  readonly recorded: ReadonlyMap<string, Activation>;
}

/** A cache of keys and values in an engine, and the calls that read and extend it. */
export interface DecoderSession {
  /** How many sequences it holds. */
  readonly slots: number;
  /** Most tokens of each. */
  readonly capacity: number;
  /** Reads new tokens, stores them in their slots, and gives the logits of what follows. */
  decode(batch: DecodeBatch, options?: DecodeStepOptions): Promise<DecodeResult>;
  /**
   * Encoder–decoders: reads source texts for these slots, and for those that are copied from them later. The slots hold no tokens then; if
   * the call is rejected, they have no source either.
   */
  encodeSource(
    batch: TokenBatch,
    slots: Int32Array,
    options?: DecodeCallOptions,
  ): Promise<{ readonly recorded: ReadonlyMap<string, Activation> }>;
  /** Frees the cache. Calling it again does nothing. */
  close(): Promise<void>;
}

/**
 * Where a decoder's forward passes are run: in this thread, or spread over workers. Tasks know nothing else of it.
 *
 * A rejected call leaves the engine ready for the next one; of the session's slots that it was about, the tokens before `starts` are
 * still there.
 */
export interface DecoderEngine {
  /** For people to read, for example `wasm-simd` or `wasm-simd × 2 workers`. */
  readonly name: string;
  /** Whether calls compute in the calling thread, which then has to be given room to breathe between them. */
  readonly blocking: boolean;
  openSession(options: { slots: number; capacity: number }): Promise<DecoderSession>;
  /** Frees the model with all its sessions. Calling it again does nothing. */
  dispose(): Promise<void>;
}
