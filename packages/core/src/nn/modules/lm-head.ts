import type { LinearWeights, Tensor } from '../../backend/backend.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import type { Steps } from '../run/forward.ts';
import { type ForwardContext, observe } from '../run/forward.ts';
import { type IndexRange, shardRange } from '../run/shard.ts';
import { Embedding } from './embedding.ts';

/** The tensors of an output head: `weight[vocabSize, hiddenSize]` and, if there is one, `bias[1, vocabSize]`. */
export interface LMHeadNames {
  readonly weight: string;
  readonly bias?: string;
}

/** The output head of a decoder: hidden states to logits over the vocabulary. A shard has a range of the vocabulary. */
export class LMHead {
  readonly #weights: LinearWeights;
  readonly #rows: IndexRange;
  readonly #vocabSize: number;

  /** `weights` are those of the token ids in `rows`. */
  constructor(weights: LinearWeights, rows: IndexRange, vocabSize: number) {
    this.#weights = weights;
    this.#rows = rows;
    this.#vocabSize = vocabSize;
  }

  /** `[rows, hiddenSize]` → `[rows, vocabSize]`, or in a shard the columns of its range. `name` is that of the activation. */
  forward(ctx: ForwardContext, x: Tensor, name: string): Steps<Tensor> {
    const slice = { axis: 1, ...this.#rows, of: this.#vocabSize };
    return observe(ctx, name, ctx.backend.linear(x, this.#weights), slice);
  }
}

/** A decoder's token embeddings and output head. */
export interface Vocabulary {
  readonly tokenEmbeddings: Embedding;
  readonly head: LMHead;
}

/** The tensors of a {@link Vocabulary}. */
export interface VocabularyNames {
  readonly tokenEmbeddings: string;
  readonly head: LMHeadNames;
  /**
   * By the configuration the head's weight is the token embeddings (Press & Wolf 2017, https://arxiv.org/abs/1608.05859). As in Hugging Face
   * Transformers 5, one of both is enough then, and it is loaded once; a checkpoint with both has two weights.
   */
  readonly tied: boolean;
}

/** Loads this shard's range of the vocabulary. */
export async function loadVocabulary(
  loader: WeightLoader,
  { tokenEmbeddings, head, tied }: VocabularyNames,
  vocabSize: number,
  hiddenSize: number,
): Promise<Vocabulary> {
  const rows = shardRange(vocabSize, loader.shard);
  const hasTable = loader.has(tokenEmbeddings);
  const hasBoth = hasTable && loader.has(head.weight) && tokenEmbeddings !== head.weight;
  const isShared = tied && !hasBoth;
  const table = isShared ? undefined : await Embedding.load(loader, tokenEmbeddings, vocabSize, hiddenSize);
  const weightName = isShared && (hasTable || !loader.has(head.weight)) ? tokenEmbeddings : head.weight;
  const weight = await loader.values(weightName, [vocabSize, hiddenSize], { axis: 0, ...rows });
  const bias =
    head.bias === undefined
      ? undefined
      : await loader.values(head.bias, [1, vocabSize], { axis: 1, ...rows });
  const weights = loader.linearFrom(weight, bias, hiddenSize);
  return {
    tokenEmbeddings: table ?? new Embedding(weights, rows.from, vocabSize),
    head: new LMHead(weights, rows, vocabSize),
  };
}
