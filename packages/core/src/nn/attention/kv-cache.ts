import type { Backend, Offsets, Tensor } from '../../backend/backend.ts';
import { withScope } from '../run/forward.ts';
import type { CacheLocation, PastKeyValues } from './past-key-values.ts';
import { SharedPrefixes, type SlotCopy } from './shared-prefixes.ts';

/** New tokens of cached sequences; see `DecodeBatch`. */
export interface SlotBatch {
  readonly offsets: Offsets;
  readonly slots: Int32Array;
  readonly starts: Int32Array;
}

export interface KeyValueCacheOptions {
  /** Attention layers. */
  readonly layers: number;
  /** Maximum number of sequences. */
  readonly slots: number;
  /** Maximum tokens per sequence. */
  readonly capacity: number;
  /** Features of a token's keys: key-value heads of this shard · headDim. */
  readonly keyFeatures: number;
  /** Default `keyFeatures`. */
  readonly valueFeatures?: number;
}

/**
 * Key-value cache of a decoder: for each layer a matrix of keys and one of values, `[slots · capacity, features]`, allocated once. A sequence
 * occupies a slot of `capacity` consecutive rows.
 */
export class KeyValueCache {
  readonly slots: number;
  readonly capacity: number;
  readonly #backend: Backend;
  readonly #layers: { readonly keys: Tensor; readonly values: Tensor }[] = [];
  /** Tracked from the first copy on. */
  #shared: SharedPrefixes | undefined;

  constructor(backend: Backend, options: KeyValueCacheOptions) {
    const { layers, slots, capacity, keyFeatures, valueFeatures = keyFeatures } = options;
    this.slots = slots;
    this.capacity = capacity;
    this.#backend = backend;
    const rows = slots * capacity;
    const zeros = new Float32Array(rows * Math.max(keyFeatures, valueFeatures));
    const allocate = (features: number) =>
      backend.constant(zeros.subarray(0, rows * features), [rows, features]);
    try {
      for (let i = 0; i < layers; i++) {
        const keys = allocate(keyFeatures);
        try {
          this.#layers.push({ keys, values: allocate(valueFeatures) });
        } catch (error) {
          backend.release(keys);
          throw error;
        }
      }
    } catch (error) {
      this.release();
      throw error;
    }
  }

  /** Locates the new tokens of a batch. Tokens of its slots from `starts` on are discarded. */
  locate({ offsets, slots, starts }: SlotBatch): CacheLocation {
    const count = slots.length;
    const positions = new Int32Array(offsets[count] ?? 0);
    const rows = new Int32Array(count);
    const first = new Int32Array(count);
    const lengths = new Int32Array(count);
    for (let s = 0; s < count; s++) {
      const [from, to, start] = [offsets[s]!, offsets[s + 1]!, starts[s]!];
      for (let i = from; i < to; i++) positions[i] = start + i - from;
      first[s] = slots[s]! * this.capacity;
      rows[s] = first[s]! + start;
      lengths[s] = start + to - from;
      this.#shared?.write(slots[s]!, start);
    }
    return { positions, rows, ranges: { starts: first, lengths } };
  }

  /** The keys and values of a layer. */
  past(layer: number, location: CacheLocation): PastKeyValues {
    const { keys, values } = this.#layers[layer]!;
    return { keys, values, location };
  }

  /** Copies slots, all at once; see `DecoderCache.copy`. Rows of a common prefix are not copied again. */
  copy(copies: readonly SlotCopy[]): void {
    const moves = copies.filter(({ from, to }) => from !== to);
    if (moves.length === 0) return;
    this.#shared ??= new SharedPrefixes(this.slots);
    const targets = new Set(moves.map(({ to }) => to));
    const parts = moves.flatMap(({ from, to, length }) => {
      const first = this.#shared!.common(from, to);
      return first < length ? [{ from, to, first, length, overwritten: targets.has(from) }] : [];
    });
    for (const { keys, values } of this.#layers) {
      for (const matrix of [keys, values]) {
        withScope(this.#backend, () => {
          const rows = (slot: number, { first, length }: { first: number; length: number }) =>
            this.#backend.rows(matrix, slot * this.capacity + first, slot * this.capacity + length);
          // Sources that another copy of this call overwrites are read first.
          const sources = parts.map((part) => {
            const view = rows(part.from, part);
            return part.overwritten ? this.#backend.concat([view], 0) : view;
          });
          for (const [i, part] of parts.entries()) this.#backend.assign(rows(part.to, part), sources[i]!);
        });
      }
    }
    this.#shared.copy(moves);
  }

  /** Releases the memory. Calling it again does nothing. */
  release(): void {
    for (const { keys, values } of this.#layers.splice(0)) {
      this.#backend.release(keys);
      this.#backend.release(values);
    }
  }
}
