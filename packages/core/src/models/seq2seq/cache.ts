import type { Backend, Offsets } from '../../backend/backend.ts';
import { ShapeError } from '../../errors.ts';
import { KeyValueCache, type SlotBatch } from '../../nn/attention/kv-cache.ts';
import type { CacheLocation, PastKeyValues } from '../../nn/attention/past-key-values.ts';
import type { SlotCopy } from '../../nn/attention/shared-prefixes.ts';
import { withScope } from '../../nn/run/forward.ts';
import type { DecoderCache } from '../decoders/decoder.ts';
import { type SourceLayout, SourceRows } from './source-slots.ts';

export interface Seq2SeqCacheOptions {
  /** The decoder's layers. */
  readonly layers: number;
  /** Maximum number of targets. */
  readonly slots: number;
  /** Maximum tokens per target. */
  readonly capacity: number;
  /** Features of a token's keys, of this shard. */
  readonly keyFeatures: number;
}

const EMPTY = new Int32Array(0);
const NO_LOCATION: CacheLocation = {
  positions: EMPTY,
  rows: EMPTY,
  ranges: { starts: EMPTY, lengths: EMPTY },
};

/**
 * The key-value cache of an encoder–decoder: for each decoder layer, the keys and values of the self-attention (target tokens) and of the
 * cross-attention (encoder output). The latter are stored once per source, however many slots share it; their memory grows when new sources do
 * not fit. Decoding allocates only when a target outgrows its rows.
 */
export class Seq2SeqCache implements DecoderCache {
  readonly slots: number;
  readonly capacity: number;
  readonly #backend: Backend;
  readonly #options: Seq2SeqCacheOptions;
  readonly #targets: KeyValueCache;
  readonly #sources: SourceRows;
  /** Keys and values of all sources, in one slot. */
  #memory: KeyValueCache;

  constructor(backend: Backend, options: Seq2SeqCacheOptions) {
    this.slots = options.slots;
    this.capacity = options.capacity;
    this.#backend = backend;
    this.#options = options;
    this.#sources = new SourceRows(options.slots);
    this.#targets = new KeyValueCache(backend, options);
    this.#memory = this.#open(0);
  }

  /** Locates the new target tokens of a batch. */
  locate(batch: SlotBatch): CacheLocation {
    return this.#targets.locate(batch);
  }

  /** The keys and values of a layer's self-attention. */
  past(layer: number, location: CacheLocation): PastKeyValues {
    return this.#targets.past(layer, location);
  }

  /**
   * Allocates rows for new sources of `slots`, the sequences at `offsets` of a batch, and returns their location. Until {@link commit} the slots
   * have no source.
   */
  begin(slots: Int32Array, offsets: Offsets): CacheLocation {
    const lengths = Array.from(slots, (_, s) => offsets[s + 1]! - offsets[s]!);
    const layout = this.#sources.begin(slots, lengths);
    if (layout) {
      this.#moveSources(layout);
      this.#sources.adopt(layout, slots, lengths);
    }
    const ranges = this.#sources.pendingRanges();
    return { ...NO_LOCATION, rows: ranges.starts, ranges };
  }

  /** Assigns the sources of {@link begin}, whose keys and values are now stored, to their slots. */
  commit(): void {
    this.#sources.commit();
  }

  /** The location of the slots' sources. Throws `ShapeError` for a slot without a source. */
  sourcesOf(slots: Int32Array): CacheLocation {
    const ranges = this.#sources.rangesOf(slots);
    if (ranges) return { ...NO_LOCATION, rows: ranges.starts, ranges };
    const missing = slots.find((slot) => !this.#sources.rangesOf(Int32Array.of(slot)));
    throw new ShapeError(`decode: slot ${missing} has no source; call encodeSource first`);
  }

  /** The keys and values of a layer's cross-attention. */
  source(layer: number, location: CacheLocation): PastKeyValues {
    return this.#memory.past(layer, location);
  }

  copy(copies: readonly SlotCopy[]): void {
    this.#targets.copy(copies);
    this.#sources.copy(copies);
  }

  release(): void {
    this.#targets.release();
    this.#memory.release();
  }

  #open(rows: number): KeyValueCache {
    const { layers, keyFeatures } = this.#options;
    return new KeyValueCache(this.#backend, { layers, slots: 1, capacity: rows, rows, keyFeatures });
  }

  /** Reallocates the memory of sources and moves those in use. */
  #moveSources({ rows, moves }: SourceLayout): void {
    const [backend, before, after] = [this.#backend, this.#memory, this.#open(rows)];
    withScope(backend, () => {
      for (let layer = 0; layer < this.#options.layers; layer++) {
        const [old, next] = [before.past(layer, NO_LOCATION), after.past(layer, NO_LOCATION)];
        for (const { from, to, length } of moves) {
          for (const what of ['keys', 'values'] as const) {
            backend.assign(
              backend.rows(next[what], to, to + length),
              backend.rows(old[what], from, from + length),
            );
          }
        }
      }
    });
    this.#memory = after;
    before.release();
  }
}
