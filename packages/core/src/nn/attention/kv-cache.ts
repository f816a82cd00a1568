import { type Backend, type Offsets, type Tensor, withScope } from '../../backend/backend.ts';
import { SharedPrefixes, type SlotCopy } from './shared-prefixes.ts';

/** New tokens of sequences that a cache holds the beginnings of; see `DecodeBatch`. */
export interface SlotBatch {
  readonly offsets: Offsets;
  readonly slots: Int32Array;
  readonly starts: Int32Array;
}

/** Where a call's sequences lie in a cache: worked out once for all layers. */
export interface CachePlace {
  /** Where each new token stands in its sequence. */
  readonly positions: Int32Array;
  /** The cache's row for the first new token of each sequence. */
  readonly rows: Int32Array;
  /** The rows of each sequence, new ones included: what `AttentionOptions.keyRanges` takes. */
  readonly ranges: { readonly starts: Int32Array; readonly lengths: Int32Array };
}

/** The keys and values of one attention, `[slots · capacity, features]` each, and where a call's sequences lie in them. */
export interface PastKeyValues {
  readonly keys: Tensor;
  readonly values: Tensor;
  readonly place: CachePlace;
}

export interface KeyValueCacheOptions {
  /** Attentions that remember keys and values. */
  readonly layers: number;
  /** How many sequences there is room for. */
  readonly slots: number;
  /** Most tokens of each. */
  readonly capacity: number;
  /** Features of a token's keys: key-value heads · their size, of this shard. */
  readonly keyFeatures: number;
  /** Default: as many as of its keys. */
  readonly valueFeatures?: number;
}

/**
 * Keys and values of tokens that were read before, in memory that is taken once and never moved: a slot for each sequence, `capacity`
 * rows long, in one matrix of keys and one of values for each layer.
 */
export class KeyValueCache {
  readonly slots: number;
  readonly capacity: number;
  readonly #backend: Backend;
  readonly #layers: { readonly keys: Tensor; readonly values: Tensor }[] = [];
  /** Kept from the first copy on: a cache that never copies need not know. */
  #shared: SharedPrefixes | undefined;

  constructor(backend: Backend, options: KeyValueCacheOptions) {
    const { layers, slots, capacity, keyFeatures, valueFeatures = keyFeatures } = options;
    this.slots = slots;
    this.capacity = capacity;
    this.#backend = backend;
    const rows = slots * capacity;
    const zeros = new Float32Array(rows * Math.max(keyFeatures, valueFeatures));
    const make = (features: number) => backend.constant(zeros.subarray(0, rows * features), [rows, features]);
    try {
      for (let i = 0; i < layers; i++) {
        const keys = make(keyFeatures);
        try {
          this.#layers.push({ keys, values: make(valueFeatures) });
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

  /** Where the new tokens of a call go. What the slots held from `starts` on is given up. */
  place({ offsets, slots, starts }: SlotBatch): CachePlace {
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

  /** What attention number `layer` reads and extends. */
  past(layer: number, place: CachePlace): PastKeyValues {
    const { keys, values } = this.#layers[layer]!;
    return { keys, values, place };
  }

  /** Copies slots, all at once; see `DecoderCache.copy`. Rows that both slots are known to share stay where they are. */
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
          // What another copy of this call overwrites is read first.
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

  /** Frees the memory. Calling it again does nothing. */
  release(): void {
    for (const { keys, values } of this.#layers.splice(0)) {
      this.#backend.release(keys);
      this.#backend.release(values);
    }
  }
}

/** Writes the new tokens' keys and values, `[tokens, features]` each, to their places. */
export function appendKeyValues(
  backend: Backend,
  offsets: Offsets,
  past: PastKeyValues,
  keys: Tensor,
  values: Tensor,
): void {
  const { rows } = past.place;
  for (let s = 0; s < rows.length; s++) {
    const [from, to, row] = [offsets[s]!, offsets[s + 1]!, rows[s]!];
    const own = (x: Tensor) => (rows.length === 1 ? x : backend.rows(x, from, to));
    backend.assign(backend.rows(past.keys, row, row + to - from), own(keys));
    backend.assign(backend.rows(past.values, row, row + to - from), own(values));
  }
}
