import { type RelativePositionBuckets, relativePositionBucket } from './relative-buckets.ts';

/** Attention bias of each head by the distance of key and query (T5; Raffel et al. 2020, https://arxiv.org/abs/1910.10683, §2.1). */
export class RelativeBias {
  readonly heads: number;
  /** `[numBuckets, heads]`. */
  readonly #table: Float32Array;
  readonly #buckets: RelativePositionBuckets;
  /** For each head, its bias at every distance, key position − query position, from −reach to reach. */
  #byDistance: readonly Float32Array[] = [];
  #reach = -1;

  constructor(table: Float32Array, heads: number, buckets: RelativePositionBuckets) {
    this.heads = heads;
    this.#table = table;
    this.#buckets = buckets;
  }

  /** `[starts.length, heads, queries, keys]`; the first query of sequence `s` is at position `starts[s]`, its first key at 0. */
  values(starts: ArrayLike<number>, queries: number, keys: number): Float32Array {
    const data = new Float32Array(starts.length * this.heads * queries * keys);
    let at = 0;
    for (let s = 0; s < starts.length; s++) {
      const start = starts[s]!;
      this.#extend(Math.max(start + queries, keys - start));
      for (const byDistance of this.#byDistance) {
        for (let query = 0; query < queries; query++) {
          // The distance increases by 1 from key to key.
          const first = this.#reach - (start + query);
          data.set(byDistance.subarray(first, first + keys), at);
          at += keys;
        }
      }
    }
    return data;
  }

  #extend(reach: number): void {
    if (reach <= this.#reach) return;
    const to = Math.max(64, 2 ** Math.ceil(Math.log2(reach)));
    const rows = Array.from(
      { length: 2 * to + 1 },
      (_, i) => relativePositionBucket(i - to, this.#buckets) * this.heads,
    );
    this.#byDistance = Array.from({ length: this.heads }, (_, head) =>
      Float32Array.from(rows, (row) => this.#table[row + head]!),
    );
    this.#reach = to;
  }
}
