import type { Backend, LinearWeights, Offsets, Tensor } from '../../backend/backend.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import { withScope } from '../run/forward.ts';
import type { PositionScores } from './multi-head.ts';

/** The projected embeddings of distances, `[2 · span, heads · headDim]` of the heads of one shard. */
export interface DistanceProjections {
  /** Keys of distances, for the scores of contents with positions (c2p). */
  readonly keys?: Float32Array;
  /** Queries of distances, for the scores of positions with contents (p2c). */
  readonly queries?: Float32Array;
}

/** Sizes of a {@link DisentangledScores}. */
export interface DisentangledOptions {
  /** Heads of the shard. */
  readonly heads: number;
  readonly headDim: number;
  /** Half the number of distance embeddings. */
  readonly span: number;
  /** Factor on the scores. */
  readonly scale: number;
  /** The bucket of a distance, query position − key position. */
  readonly bucket: (distance: number) => number;
}

/**
 * The scores of disentangled attention beside those of contents (He et al. 2021, https://arxiv.org/abs/2006.03654, §3.1): of each query with the
 * key of its distance to each key (c2p), and of each key with the query of that distance (p2c). Sequences are padded with zeros.
 */
export class DisentangledScores implements PositionScores {
  readonly #options: DisentangledOptions;
  /** By head: `[2 · span, headDim]`. */
  readonly #keys: readonly LinearWeights[] | undefined;
  readonly #queries: readonly LinearWeights[] | undefined;

  constructor(loader: WeightLoader, { keys, queries }: DistanceProjections, options: DisentangledOptions) {
    this.#options = options;
    this.#keys = keys && byHead(loader, keys, options);
    this.#queries = queries && byHead(loader, queries, options);
  }

  forward(backend: Backend, queries: Tensor, keys: Tensor, offsets: Offsets): Tensor {
    const { heads, span } = this.#options;
    const batch = offsets.length - 1;
    let longest = 0;
    for (let s = 0; s < batch; s++) longest = Math.max(longest, offsets[s + 1]! - offsets[s]!);
    const columns = this.#columns(longest);
    const scores = new Float32Array(batch * heads * longest * longest);
    for (let head = 0; head < heads; head++) {
      const fromContent = this.#products(backend, queries, this.#keys, head);
      const fromPosition = this.#products(backend, keys, this.#queries, head);
      for (let s = 0; s < batch; s++) {
        const first = offsets[s]!;
        const length = offsets[s + 1]! - first;
        for (let i = 0; i < length; i++) {
          const row = ((s * heads + head) * longest + i) * longest;
          for (let j = 0; j < length; j++) {
            const column = columns[i - j + longest - 1]!;
            let score = 0;
            if (fromContent) score += fromContent[(first + i) * 2 * span + column]!;
            if (fromPosition) score += fromPosition[(first + j) * 2 * span + column]!;
            scores[row + j] = score;
          }
        }
      }
    }
    return backend.tensor(scores, [batch, heads, longest, longest]);
  }

  /** The embedding of each distance from 1 − longest to longest − 1. */
  #columns(longest: number): Int32Array {
    const { span, bucket } = this.#options;
    return Int32Array.from({ length: Math.max(0, 2 * longest - 1) }, (_, i) =>
      Math.max(0, Math.min(2 * span - 1, bucket(i - longest + 1) + span)),
    );
  }

  /** Scaled products of a head's rows with all distance embeddings: `[tokens, 2 · span]`. */
  #products(
    backend: Backend,
    rows: Tensor,
    embeddings: readonly LinearWeights[] | undefined,
    head: number,
  ): Float32Array | undefined {
    if (!embeddings) return undefined;
    const { headDim, scale } = this.#options;
    return withScope(backend, () => {
      const own = backend.columns(rows, head * headDim, (head + 1) * headDim);
      return backend.read(backend.scale(backend.linear(own, embeddings[head]!), scale));
    });
  }
}

function byHead(
  loader: WeightLoader,
  table: Float32Array,
  { heads, headDim }: DisentangledOptions,
): readonly LinearWeights[] {
  const rows = table.length / (heads * headDim);
  return Array.from({ length: heads }, (_, head) => {
    const own = new Float32Array(rows * headDim);
    for (let row = 0; row < rows; row++) {
      const start = row * heads * headDim + head * headDim;
      own.set(table.subarray(start, start + headDim), row * headDim);
    }
    return loader.linearFrom(own, undefined, headDim, 8);
  });
}

/**
 * The bucket of a distance in DeBERTa v2 and v3: those below half of `buckets` have one each, larger ones share buckets whose widths grow
 * logarithmically up to `maxDistance`. Without buckets the distance itself.
 */
export function logBucket(distance: number, buckets: number, maxDistance: number): number {
  const middle = Math.floor(buckets / 2);
  const away = Math.abs(distance);
  if (buckets <= 0 || away <= middle) return distance;
  // In float32, as in training: at the edges of buckets, more precision gives other buckets.
  const { fround } = Math;
  const log = (x: number) => fround(Math.log(fround(x)));
  const share = fround(log(away / middle) / log((maxDistance - 1) / middle));
  return Math.sign(distance) * (Math.ceil(fround(share * (middle - 1))) + middle);
}
