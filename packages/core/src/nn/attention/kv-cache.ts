import type { Backend, Offsets, Tensor } from '../../backend/backend.ts';
import { OutOfMemoryError } from '../../errors.ts';
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
  /** Tokens of each sequence that memory is allocated for at first. Default: `capacity`, but at most 256. */
  readonly rows?: number;
}

/** Rows of a slot when a cache is opened. */
const FIRST_ROWS = 256;
/** Rows of a slot are multiples of this, or the capacity. */
const ROW_STEP = 64;

interface LayerCache {
  readonly keys: Tensor;
  readonly values: Tensor;
}

/**
 * Key-value cache of a decoder: for each layer a matrix of keys and one of values, `[slots · rows, features]`. A sequence occupies a slot of `rows`
 * consecutive rows. They are allocated in steps: when a sequence does not fit, the rows of all slots double, up to `capacity`, so that memory is
 * that of the texts, not of the model's context.
 */
export class KeyValueCache {
  readonly slots: number;
  readonly capacity: number;
  readonly #backend: Backend;
  readonly #features: { readonly keys: number; readonly values: number };
  #layers: readonly LayerCache[];
  /** Allocated rows of each slot. */
  #rows: number;
  /** Tracked from the first copy on. */
  #shared: SharedPrefixes | undefined;

  constructor(backend: Backend, options: KeyValueCacheOptions) {
    const { layers, slots, capacity, keyFeatures, valueFeatures = keyFeatures } = options;
    this.slots = slots;
    this.capacity = capacity;
    this.#backend = backend;
    this.#features = { keys: keyFeatures, values: valueFeatures };
    this.#rows = Math.min(capacity, options.rows ?? FIRST_ROWS);
    this.#layers = this.#allocate(layers, this.#rows);
  }

  /** Matrices of all layers. On failure, those allocated so far are released. */
  #allocate(layers: number, rowsOfSlot: number): LayerCache[] {
    const backend = this.#backend;
    const rows = this.slots * rowsOfSlot;
    const { keys, values } = this.#features;
    const zeros = new Float32Array(rows * Math.max(keys, values));
    const matrix = (features: number) =>
      backend.constant(zeros.subarray(0, rows * features), [rows, features]);
    const allocated: LayerCache[] = [];
    try {
      for (let i = 0; i < layers; i++) {
        const first = matrix(keys);
        try {
          allocated.push({ keys: first, values: matrix(values) });
        } catch (error) {
          backend.release(first);
          throw error;
        }
      }
    } catch (error) {
      this.#releaseAll(allocated);
      throw error;
    }
    return allocated;
  }

  /** Makes room for `length` tokens in every slot. On failure, the cache is unchanged. */
  #reserve(length: number): void {
    if (length <= this.#rows) return;
    const needed = Math.min(this.capacity, Math.ceil(length / ROW_STEP) * ROW_STEP);
    const doubled = Math.min(this.capacity, Math.max(needed, 2 * this.#rows));
    try {
      this.#grow(doubled);
    } catch (error) {
      // Twice the rows may not fit where the rows that are needed do.
      if (!(error instanceof OutOfMemoryError) || doubled === needed) throw error;
      this.#grow(needed);
    }
  }

  #grow(rows: number): void {
    const [backend, before, from] = [this.#backend, this.#layers, this.#rows];
    const after = this.#allocate(before.length, rows);
    withScope(backend, () => {
      for (const [index, old] of before.entries()) {
        for (const what of ['keys', 'values'] as const) {
          for (let slot = 0; slot < this.slots; slot++) {
            backend.assign(
              backend.rows(after[index]![what], slot * rows, slot * rows + from),
              backend.rows(old[what], slot * from, (slot + 1) * from),
            );
          }
        }
      }
    });
    this.#layers = after;
    this.#rows = rows;
    this.#releaseAll(before);
  }

  /** Locates the new tokens of a batch, and makes room for them. Tokens of its slots from `starts` on are discarded. */
  locate({ offsets, slots, starts }: SlotBatch): CacheLocation {
    const count = slots.length;
    let longest = 0;
    for (let s = 0; s < count; s++) longest = Math.max(longest, starts[s]! + offsets[s + 1]! - offsets[s]!);
    this.#reserve(longest);
    const positions = new Int32Array(offsets[count] ?? 0);
    const rows = new Int32Array(count);
    const first = new Int32Array(count);
    const lengths = new Int32Array(count);
    for (let s = 0; s < count; s++) {
      const [from, to, start] = [offsets[s]!, offsets[s + 1]!, starts[s]!];
      for (let i = from; i < to; i++) positions[i] = start + i - from;
      first[s] = slots[s]! * this.#rows;
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
            this.#backend.rows(matrix, slot * this.#rows + first, slot * this.#rows + length);
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
    this.#releaseAll(this.#layers);
    this.#layers = [];
  }

  #releaseAll(layers: readonly LayerCache[]): void {
    for (const { keys, values } of layers) {
      this.#backend.release(keys);
      this.#backend.release(values);
    }
  }
}
