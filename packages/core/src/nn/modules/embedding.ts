import type { LinearWeights, Tensor } from '../../backend/backend.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import type { ForwardContext } from '../run/forward.ts';
import { shardRange } from '../run/shard.ts';

/**
 * An embedding table. Each shard has a range of its rows, so that the table, the largest matrix of small models, is in memory once. A shard's
 * result has zeros for ids of other shards; the sum over shards is the whole.
 */
export class Embedding {
  readonly #table: Tensor | LinearWeights;
  readonly #first: number;
  readonly #size: number;

  /** `table` has the rows from `first` on of `size` rows. It may be the weights of an output head (tied). */
  constructor(table: Tensor | LinearWeights, first: number, size: number) {
    this.#table = table;
    this.#first = first;
    this.#size = size;
  }

  /** Loads this shard's rows of the tensor `name` `[size, width]`. `minBits`: see `LinearSource`. */
  static async load(
    loader: WeightLoader,
    name: string,
    size: number,
    width: number,
    minBits?: 8,
  ): Promise<Embedding> {
    const rows = shardRange(size, loader.shard);
    return new Embedding(await loader.table(name, size, width, rows, minBits), rows.from, size);
  }

  /** This shard's partial result: `[ids.length, width]`. */
  partial(ctx: ForwardContext, ids: Int32Array): Tensor {
    return ctx.backend.embedding(this.#table, ids, { first: this.#first, of: this.#size });
  }
}
