import type { WeightType } from '../backend/backend.ts';
import type { Activation, Hooks } from '../hooks/hooks.ts';
import type { DecodeBatch } from '../models/decoders/decoder.ts';
import type { TokenBatch } from '../models/token-batch.ts';
import type { SlotCopy } from '../nn/attention/shared-prefixes.ts';
import type { EncodeOutput } from './encoder-engine.ts';
import type { LogitsRow } from './logits-row.ts';

/** Options of every decoder call. */
export interface DecodeCallOptions {
  hooks?: Hooks;
  /** Names or patterns of activations to return. */
  record?: readonly string[];
  signal?: AbortSignal;
}

/** Options of {@link DecoderSession.decode}. */
export interface DecodeStepOptions extends DecodeCallOptions {
  /** Tokens after which to compute logits, as indices into the batch. Default: the last token of each sequence. */
  rows?: Int32Array;
  /** Slots to copy before the forward pass, as if at the same time: `from` is read as it was before the call. For beam search. */
  copies?: readonly SlotCopy[];
  /** Whether the logits are needed as rows alone: {@link DecodeResult.row} gives them, and the data of `logits` may be empty. Default: false. */
  rowsOnly?: boolean;
}

export interface DecodeResult {
  /** `[rows, vocabSize]`. */
  readonly logits: EncodeOutput;
  /** With `rowsOnly`: the logits of row `index` of `logits`. */
  readonly row?: (index: number) => LogitsRow;
  readonly recorded: ReadonlyMap<string, Activation>;
}

/** A key-value cache in an engine and the calls that use it. */
export interface DecoderSession {
  /** Number of sequences. */
  readonly slots: number;
  /** Maximum tokens per sequence. */
  readonly capacity: number;
  /** Runs a forward pass over new tokens, appends their keys and values to their slots, and returns next-token logits. */
  decode(batch: DecodeBatch, options?: DecodeStepOptions): Promise<DecodeResult>;
  /**
   * Encoder–decoders: encodes source texts for these slots, and for slots that are copied from them later. Empties the slots; if the call
   * rejects, they have no source either.
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
 * Runs a decoder's forward passes, in the calling thread or in workers.
 *
 * A rejected call leaves the engine ready for the next one; the slots of its batch keep the tokens before `starts`.
 */
export interface DecoderEngine {
  /** Display name, for example `wasm-simd` or `wasm-simd × 2 workers`. */
  readonly name: string;
  /** The type that the weights are kept in. Default: `f32`. */
  readonly dtype?: WeightType;
  /** Whether calls block the calling thread, so that the caller must yield to the event loop between them. */
  readonly blocking: boolean;
  openSession(options: { slots: number; capacity: number }): Promise<DecoderSession>;
  /** Frees the model with all its sessions. Calling it again does nothing. */
  dispose(): Promise<void>;
}
