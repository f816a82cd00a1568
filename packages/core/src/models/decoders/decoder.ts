import type { Backend, Tensor } from '../../backend/backend.ts';
import type { SlotCopy } from '../../nn/attention/shared-prefixes.ts';
import type { ForwardContext, Steps } from '../../nn/run/forward.ts';
import type { TokenBatch } from '../token-batch.ts';

/** New tokens of cached sequences. Structured-cloneable: it is posted to workers. */
export interface DecodeBatch {
  /** Ids of the new tokens of all sequences, concatenated. */
  readonly ids: Int32Array;
  /** Sequence `s` is the new tokens `offsets[s]` to `offsets[s + 1]`, at least one. */
  readonly offsets: Int32Array;
  /** The cache slot of each sequence, all different. */
  readonly slots: Int32Array;
  /** The position of each sequence's first new token: the cached tokens before it are kept, later ones are discarded. */
  readonly starts: Int32Array;
}

/** The key-value cache of a decoder: keys and values of all layers. */
export interface DecoderCache {
  /** Maximum number of sequences. */
  readonly slots: number;
  /** Maximum tokens per sequence. */
  readonly capacity: number;
  /**
   * Copies slots (in an encoder–decoder, also their sources), all at once: each copy reads the contents from before the call, so that slots can
   * be swapped. No slot is the `to` of two copies.
   */
  copy(copies: readonly SlotCopy[]): void;
  release(): void;
}

/** An autoregressive decoder: decoder-only, or an encoder–decoder. */
export interface Decoder {
  /** Token ids are 0 … vocabSize − 1. */
  readonly vocabSize: number;
  /** The vocabulary size of the sources of an encoder–decoder. Default: vocabSize. */
  readonly sourceVocabSize?: number;
  /** Maximum tokens of a sequence; ∞ if unlimited. */
  readonly contextLength: number;
  /** Opens a cache of `slots` sequences of up to `capacity` tokens, of this shard's heads. */
  openCache(backend: Backend, slots: number, capacity: number): DecoderCache;
  /**
   * Appends the new tokens to the cache. Returns the next-token logits after the tokens in `rows` (rows of the batch):
   * `[rows.length, vocabSize]`, or in a shard the columns of its range of the vocabulary.
   */
  forward(ctx: ForwardContext, batch: DecodeBatch, cache: DecoderCache, rows: Int32Array): Steps<Tensor>;
  /**
   * Encoder–decoders only: encodes source texts. `ctx.offsets` are those of `batch`. Sequence `s` becomes the source of slot `slots[s]`, and of
   * slots copied from it later.
   */
  encodeSource?(ctx: ForwardContext, batch: TokenBatch, cache: DecoderCache, slots: Int32Array): Steps<void>;
  /** Releases the weights. Caches have to be released before. */
  dispose(): void;
}
