import type { LinearWeights, Tensor } from '../backend/backend.ts';
import { Embedding } from './embedding.ts';
import type { Parameters } from './parameters.ts';
import { observe, type Run } from './run.ts';
import { type Range, share } from './shard.ts';
import type { Steps } from './steps.ts';

/** The names of an output head's tensors. */
export interface VocabularyNames {
  readonly weight: string;
  readonly bias?: string;
}

/** What turns a decoder's hidden states into logits of all tokens. A shard has its share of the vocabulary. */
export class VocabularyHead {
  readonly #weights: LinearWeights;
  readonly #rows: Range;
  readonly #size: number;

  /** `weights` are those of the ids in `rows`, of a vocabulary of `size`. */
  constructor(weights: LinearWeights, rows: Range, size: number) {
    this.#weights = weights;
    this.#rows = rows;
    this.#size = size;
  }

  static async load(
    parameters: Parameters,
    { weight, bias }: VocabularyNames,
    size: number,
    width: number,
  ): Promise<VocabularyHead> {
    const rows = share(size, parameters.shard);
    return new VocabularyHead(await parameters.linearOf(weight, bias, width, size, rows), rows, size);
  }

  /** `[rows, width]` → `[rows, size]`, or of a shard those of its share. `name` is what they are called. */
  forward(run: Run, x: Tensor, name: string): Steps<Tensor> {
    const part = { axis: 1, ...this.#rows, of: this.#size };
    return observe(run, name, run.backend.linear(x, this.#weights), part);
  }
}

/** A decoder's vectors by id, and what turns vectors into logits. */
export interface Vocabulary {
  readonly embedding: Embedding;
  readonly head: VocabularyHead;
}

/** Embeddings and output head with one weight, which is held once (tied: Press & Wolf 2017). */
export async function loadTiedVocabulary(
  parameters: Parameters,
  { weight, bias }: VocabularyNames,
  size: number,
  width: number,
): Promise<Vocabulary> {
  const rows = share(size, parameters.shard);
  const weights = await parameters.linearOf(weight, bias, width, size, rows);
  return {
    embedding: new Embedding(weights, rows.from, size),
    head: new VocabularyHead(weights, rows, size),
  };
}
