import type { LinearWeights, Tensor } from '../../backend/backend.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import type { ForwardContext } from '../run/forward-context.ts';
import { shardRange } from '../run/shard.ts';

/**
 * A table of vectors by id. Over several shards each holds a share of the rows, so that the largest matrix of a small model
 * is there only once; the shards' partial results, zeros where the row lies elsewhere, sum to the whole.
 */
export class Embedding {
  readonly #table: Tensor | LinearWeights;
  readonly #first: number;
  readonly #size: number;

  /** `table` holds the ids from `first` on of a vocabulary of `size`; it may be an output head's weights. */
  constructor(table: Tensor | LinearWeights, first: number, size: number) {
    this.#table = table;
    this.#first = first;
    this.#size = size;
  }

  static async load(loader: WeightLoader, name: string, size: number, width: number): Promise<Embedding> {
    const rows = shardRange(size, loader.shard);
    return new Embedding(await loader.table(name, size, width, rows), rows.from, size);
  }

  /** This shard's part of the vectors: `[ids.length, width]`. */
  partial(ctx: ForwardContext, ids: Int32Array): Tensor {
    return ctx.backend.embedding(this.#table, ids, { first: this.#first, of: this.#size });
  }
}
