import { type Backend, type Offsets, withScope } from '../../backend/backend.ts';
import { ShapeError } from '../../errors.ts';
import {
  type CacheLocation,
  KeyValueCache,
  type PastKeyValues,
  type SlotBatch,
} from '../../nn/attention/kv-cache.ts';
import type { SlotCopy } from '../../nn/attention/shared-prefixes.ts';
import type { DecoderCache } from '../decoders/decoder.ts';
import { type SourceLayout, SourceRows } from './source-slots.ts';

export interface Seq2SeqCacheOptions {
  /** The decoder's layers. */
  readonly layers: number;
  /** How many texts there is room for. */
  readonly slots: number;
  /** Most tokens that the decoder writes into each. */
  readonly capacity: number;
  /** Features of a token's keys, of this shard. */
  readonly keyFeatures: number;
}

const NONE = new Int32Array(0);
const NOWHERE: CacheLocation = { positions: NONE, rows: NONE, ranges: { starts: NONE, lengths: NONE } };

/**
 * What an encoder–decoder remembers: for each layer the keys and values of what its decoder has written, and those that the decoder made of
 * the encoder's output. The latter are there once for each source, however many slots read it. Their memory grows when sources come that do
 * not fit; while tokens are written nothing is allocated.
 */
export class Seq2SeqCache implements DecoderCache {
  readonly slots: number;
  readonly capacity: number;
  readonly #backend: Backend;
  readonly #options: Seq2SeqCacheOptions;
  readonly #targets: KeyValueCache;
  readonly #sources: SourceRows;
  /** All sources, one after another. */
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

  /** What the self-attention of a layer reads and extends. */
  past(layer: number, location: CacheLocation): PastKeyValues {
    return this.#targets.past(layer, location);
  }

  /**
   * Makes room for the sources of slots, which lie in their batch where `offsets` says, and gives the places that their keys and values are
   * written to. Until {@link commit} the slots read nothing.
   */
  begin(slots: Int32Array, offsets: Offsets): CacheLocation {
    const lengths = Array.from(slots, (_, s) => offsets[s + 1]! - offsets[s]!);
    const layout = this.#sources.begin(slots, lengths);
    if (layout) {
      this.#relay(layout);
      this.#sources.adopt(layout, slots, lengths);
    }
    const ranges = this.#sources.pendingRanges();
    return { ...NOWHERE, rows: ranges.starts, ranges };
  }

  /** What was begun is written. */
  commit(): void {
    this.#sources.commit();
  }

  /** Where the sources lie that slots read. Throws `ShapeError` if one reads none. */
  sourcesOf(slots: Int32Array): CacheLocation {
    const ranges = this.#sources.rangesOf(slots);
    if (ranges) return { ...NOWHERE, rows: ranges.starts, ranges };
    const missing = slots.find((slot) => !this.#sources.rangesOf(Int32Array.of(slot)));
    throw new ShapeError(`decode: slot ${missing} has no source; one has to be read with encodeSource first`);
  }

  /** What the cross-attention of a layer reads, and what its part of a source is written to. */
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
    return new KeyValueCache(this.#backend, { layers, slots: 1, capacity: rows, keyFeatures });
  }

  /** Memory as a layout says, with what it holds. */
  #relay({ rows, moves }: SourceLayout): void {
    const [backend, before, after] = [this.#backend, this.#memory, this.#open(rows)];
    withScope(backend, () => {
      for (let layer = 0; layer < this.#options.layers; layer++) {
        const [old, next] = [before.past(layer, NOWHERE), after.past(layer, NOWHERE)];
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
