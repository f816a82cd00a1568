import type { Backend, Tensor } from '../../backend/backend.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import type { IndexRange } from '../run/shard.ts';
import { type RelativePositionBuckets, relativePositionBucket } from './relative-buckets.ts';

/** The weight of a {@link RelativeBias}. */
export interface RelativeBiasWeight {
  /** The tensor `[numBuckets, heads]`. */
  readonly name: string;
  readonly heads: number;
  /** The heads to load. Default: all. */
  readonly range?: IndexRange;
}

/** Distances with a column of their own at least: in longer texts, biases are gathered in every forward pass. */
const MIN_REACH = 512;

/** Attention bias of each head by the distance of key and query (T5; Raffel et al. 2020, https://arxiv.org/abs/1910.10683, §2.1). */
export class RelativeBias {
  readonly heads: number;
  /** The biases of distances, key position − query position, from −reach to reach: `[heads, 2 · reach + 1]`. */
  readonly #byDistance: Tensor;
  /** At least the distance from which on all have the same bucket. */
  readonly #reach: number;

  private constructor(byDistance: Tensor, heads: number, reach: number) {
    this.heads = heads;
    this.#byDistance = byDistance;
    this.#reach = reach;
  }

  static async load(
    loader: WeightLoader,
    { name, heads: total, range = { from: 0, to: total } }: RelativeBiasWeight,
    buckets: Required<RelativePositionBuckets>,
  ): Promise<RelativeBias> {
    const { numBuckets, maxDistance } = buckets;
    const table = await loader.values(name, [numBuckets, total], { axis: 1, ...range });
    const heads = range.to - range.from;
    const reach = Math.max(maxDistance, MIN_REACH);
    const distances = 2 * reach + 1;
    const byDistance = new Float32Array(heads * distances);
    for (let i = 0; i < distances; i++) {
      const row = relativePositionBucket(i - reach, buckets) * heads;
      for (let head = 0; head < heads; head++) byDistance[head * distances + i] = table[row + head]!;
    }
    return new RelativeBias(loader.constantFrom(byDistance, [heads, distances]), heads, reach);
  }

  /** `[starts.length, heads, queries, keys]`; the first query of sequence `s` is at position `starts[s]`, its first key at 0. */
  forward(backend: Backend, starts: ArrayLike<number>, queries: number, keys: number): Tensor {
    const shape = [starts.length, this.heads, queries, keys];
    if (shape.includes(0)) return backend.zeros(shape);
    const positions = Array.from(starts);
    const lowest = 1 - queries - positions.reduce((most, position) => Math.max(most, position), -Infinity);
    const biases = this.#range(
      backend,
      lowest,
      keys - 1 - positions.reduce((least, position) => Math.min(least, position), Infinity),
    );
    // From key to key the distance increases by 1: the biases of a query are consecutive columns, `[heads, keys]`.
    const sequences = positions.map((start) => {
      const rows = Array.from({ length: queries }, (_, query) => {
        const from = -(start + query) - lowest;
        return backend.columns(biases, from, from + keys);
      });
      return concat(backend, rows, 1);
    });
    return backend.reshape(concat(backend, sequences, 0), shape);
  }

  /** The biases of the distances from `lowest` to `highest`: `[heads, highest − lowest + 1]`. */
  #range(backend: Backend, lowest: number, highest: number): Tensor {
    const reach = this.#reach;
    const parts: Tensor[] = [];
    if (lowest < -reach) parts.push(this.#repeat(backend, 0, Math.min(highest + 1, -reach) - lowest));
    const [from, to] = [Math.max(lowest, -reach), Math.min(highest, reach)];
    if (from <= to) parts.push(backend.columns(this.#byDistance, from + reach, to + reach + 1));
    if (highest > reach) {
      parts.push(this.#repeat(backend, 2 * reach, highest - Math.max(lowest - 1, reach)));
    }
    return concat(backend, parts, 1);
  }

  /** A column, `count` times: `[heads, count]`. */
  #repeat(backend: Backend, column: number, count: number): Tensor {
    const [heads = 0, width = 0] = this.#byDistance.shape;
    const rows = new Int32Array(heads * count);
    for (let head = 0; head < heads; head++) {
      rows.fill(head * width + column, head * count, (head + 1) * count);
    }
    const flat = backend.reshape(this.#byDistance, [heads * width, 1]);
    return backend.reshape(backend.embedding(flat, rows), [heads, count]);
  }
}

/** `concat` without a copy of a single part. */
function concat(backend: Backend, parts: readonly Tensor[], axis: 0 | 1): Tensor {
  return parts.length === 1 ? parts[0]! : backend.concat(parts, axis);
}
