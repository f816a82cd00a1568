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
  /** The bias as `[vocabSize]`. */
  readonly flatBias?: string;
}

/** What is done with logits: times `scale`, then bounded by softCap · tanh(logits / softCap) (Gemma 2). */
export interface LogitOptions {
  readonly scale?: number | undefined;
  readonly softCap?: number | undefined;
}

/** The output head of a decoder: hidden states to logits over the vocabulary. A shard has a range of the vocabulary. */
export class LMHead {
  readonly #weights: LinearWeights;
  readonly #rows: IndexRange;
  readonly #vocabSize: number;
  readonly #options: LogitOptions;

  /** `weights` are those of the token ids in `rows`. */
  constructor(weights: LinearWeights, rows: IndexRange, vocabSize: number, options: LogitOptions = {}) {
    this.#weights = weights;
    this.#rows = rows;
    this.#vocabSize = vocabSize;
    this.#options = options;
  }

  /** `[rows, hiddenSize]` → `[rows, vocabSize]`, or in a shard the columns of its range. `name` is that of the activation. */
  forward(ctx: ForwardContext, x: Tensor, name: string): Steps<Tensor> {
    const slice = { axis: 1, ...this.#rows, of: this.#vocabSize };
    const { backend } = ctx;
    const { scale, softCap } = this.#options;
    let logits = backend.linear(x, this.#weights);
    if (scale !== undefined) logits = backend.scale(logits, scale);
    if (softCap !== undefined) {
      logits = backend.scale(backend.activate(backend.scale(logits, 1 / softCap), 'tanh'), softCap);
    }
    return observe(ctx, name, logits, slice);
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
  logits: LogitOptions = {},
): Promise<Vocabulary> {
  const rows = shardRange(vocabSize, loader.shard);
  const hasTable = loader.has(tokenEmbeddings);
  const hasBoth = hasTable && loader.has(head.weight) && tokenEmbeddings !== head.weight;
  const isShared = tied && !hasBoth;
  const table = isShared ? undefined : await Embedding.load(loader, tokenEmbeddings, vocabSize, hiddenSize);
  const weightName = isShared && (hasTable || !loader.has(head.weight)) ? tokenEmbeddings : head.weight;
  const bias = head.bias ?? head.flatBias;
  const biasShape = head.bias === undefined ? [vocabSize] : [1, vocabSize];
  const weights = await loader.linearOf(weightName, bias, hiddenSize, vocabSize, rows, biasShape);
  return {
    tokenEmbeddings: table ?? new Embedding(weights, rows.from, vocabSize),
    head: new LMHead(weights, rows, vocabSize, logits),
  };
}
