import type { LinearWeights, Tensor } from '../../backend/backend.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import { type ForwardContext, observe } from '../run/forward-context.ts';
import { type IndexRange, shardRange } from '../run/shard.ts';
import type { Steps } from '../run/steps.ts';
import { Embedding } from './embedding.ts';

/** The names of an output head's tensors. */
export interface LMHeadNames {
  readonly weight: string;
  readonly bias?: string;
}

/** What turns a decoder's hidden states into logits of all tokens. A shard has its share of the vocabulary. */
export class LMHead {
  readonly #weights: LinearWeights;
  readonly #rows: IndexRange;
  readonly #size: number;

  /** `weights` are those of the ids in `rows`, of a vocabulary of `size`. */
  constructor(weights: LinearWeights, rows: IndexRange, size: number) {
    this.#weights = weights;
    this.#rows = rows;
    this.#size = size;
  }

  static async load(
    loader: WeightLoader,
    { weight, bias }: LMHeadNames,
    size: number,
    width: number,
  ): Promise<LMHead> {
    const rows = shardRange(size, loader.shard);
    return new LMHead(await loader.linearOf(weight, bias, width, size, rows), rows, size);
  }

  /** `[rows, width]` → `[rows, size]`, or of a shard those of its share. `name` is what they are called. */
  forward(ctx: ForwardContext, x: Tensor, name: string): Steps<Tensor> {
    const part = { axis: 1, ...this.#rows, of: this.#size };
    return observe(ctx, name, ctx.backend.linear(x, this.#weights), part);
  }
}

/** A decoder's vectors by id, and what turns vectors into logits. */
export interface Vocabulary {
  readonly embedding: Embedding;
  readonly head: LMHead;
}

/** Embeddings and output head with one weight, which is held once (tied: Press & Wolf 2017). */
export async function loadTiedVocabulary(
  loader: WeightLoader,
  { weight, bias }: LMHeadNames,
  size: number,
  width: number,
): Promise<Vocabulary> {
  const rows = shardRange(size, loader.shard);
  const weights = await loader.linearOf(weight, bias, width, size, rows);
  return {
    embedding: new Embedding(weights, rows.from, size),
    head: new LMHead(weights, rows, size),
  };
}
