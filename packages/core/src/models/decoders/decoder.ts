import type { Backend, Tensor } from '../../backend/backend.ts';
import type { SlotCopy } from '../../nn/attention/shared-prefixes.ts';
import type { ForwardContext } from '../../nn/run/forward-context.ts';
import type { Steps } from '../../nn/run/steps.ts';
import type { TokenBatch } from '../token-batch.ts';

/** New tokens of sequences that a cache holds the beginnings of. Plain data: it also travels to workers. */
export interface DecodeBatch {
  /** Ids of the new tokens of all sequences, one after another. */
  readonly ids: Int32Array;
  /** Sequence `s` is the new tokens `offsets[s]` to `offsets[s + 1]`, at least one. */
  readonly offsets: Int32Array;
  /** The slot of the cache in which each sequence lives: no two the same. */
  readonly slots: Int32Array;
  /** How many tokens of its slot each sequence goes on from: the position of its first new token. What came after them is forgotten. */
  readonly starts: Int32Array;
}

/** What a decoder remembers of the tokens that it has read: keys and values of every layer, in memory that is never moved. */
export interface DecoderCache {
  /** How many sequences there is room for. */
  readonly slots: number;
  /** Most tokens of each. */
  readonly capacity: number;
  /**
   * Makes slots hold what others hold (and, in an encoder–decoder, read the same source), all at once: what is copied is what `from`
   * held before the call, so slots may change places. No slot is the `to` of two copies.
   */
  copy(copies: readonly SlotCopy[]): void;
  release(): void;
}

/** A model that tells what comes next. */
export interface Decoder {
  /** Ids are 0 … vocabSize − 1. */
  readonly vocabSize: number;
  /** The same of the sources that an encoder–decoder reads. Default: vocabSize. */
  readonly sourceVocabSize?: number;
  /** Most tokens that a sequence may have; ∞ where nothing limits them. */
  readonly contextLength: number;
  /** Room for `slots` sequences of up to `capacity` tokens. A shard makes room for its own heads. */
  openCache(backend: Backend, slots: number, capacity: number): DecoderCache;
  /**
   * Reads the new tokens, stores them in the cache, and gives the logits of what follows the tokens in `rows` (rows of the batch):
   * `[rows.length, vocabSize]`, or in a shard those of its share of the vocabulary.
   */
  forward(ctx: ForwardContext, batch: DecodeBatch, cache: DecoderCache, rows: Int32Array): Steps<Tensor>;
  /**
   * Encoder–decoders: reads the source texts; `run.offsets` are those of `batch`. Sequence `s` of the batch becomes the source of slot
   * `slots[s]`, and of those that are copied from it.
   */
  encodeSource?(ctx: ForwardContext, batch: TokenBatch, cache: DecoderCache, slots: Int32Array): Steps<void>;
  /** Frees the weights. Caches are released first. */
  dispose(): void;
}
