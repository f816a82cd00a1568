import type { Backend, Tensor } from '../../backend/backend.ts';
import { ShapeError } from '../../errors.ts';
import { type OptionNames, requireOptions } from '../../options.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import { positionsOf } from '../run/forward.ts';
import { checkSizes, type FloatArray, sequencesOf, toRows } from '../torch/float-array.ts';
import { embeddingSpecs, type WeightSpecs } from '../torch/init.ts';
import { Layer } from '../torch/layer.ts';
import type { StateDict } from '../torch/state-dict.ts';

export interface LearnedPositionalEmbeddingOptions {
  /** Number of positions. */
  readonly numEmbeddings: number;
  /** Features of each token. */
  readonly embeddingDim: number;
}

/** Learned position embeddings (Gehring et al. 2017; BERT, GPT-2) with the weight of PyTorch's `nn.Embedding`: `weight`. */
export class LearnedPositionalEmbedding extends Layer {
  readonly #options: LearnedPositionalEmbeddingOptions;
  #table: Tensor | undefined;

  constructor(options: LearnedPositionalEmbeddingOptions) {
    super('LearnedPositionalEmbedding');
    requireOptions('LearnedPositionalEmbedding', options, {
      numEmbeddings: 'count',
      embeddingDim: 'count',
    } satisfies OptionNames<LearnedPositionalEmbeddingOptions>);
    const { numEmbeddings, embeddingDim } = options;
    checkSizes('LearnedPositionalEmbedding', { numEmbeddings, embeddingDim });
    this.#options = { numEmbeddings, embeddingDim };
  }

  static load(
    backend: Backend,
    stateDict: StateDict,
    options: LearnedPositionalEmbeddingOptions,
  ): Promise<LearnedPositionalEmbedding> {
    return Layer.loadInto(new LearnedPositionalEmbedding(options), backend, stateDict);
  }

  protected override weightSpecs(): WeightSpecs {
    return embeddingSpecs('', this.#options.numEmbeddings, this.#options.embeddingDim);
  }

  protected override async createWeights(loader: WeightLoader): Promise<void> {
    const { numEmbeddings, embeddingDim } = this.#options;
    this.#table = await loader.constant('weight', [numEmbeddings, embeddingDim]);
  }

  /**
   * `x[batch, length, embeddingDim]` plus the vectors of its positions; the first token of each sequence is at position `first`. Throws
   * `ShapeError` for positions beyond `numEmbeddings`.
   */
  forward(x: FloatArray, first?: number): FloatArray;
  forward(x: Tensor, first?: number): Tensor;
  forward(x: FloatArray | Tensor, first = 0): FloatArray | Tensor {
    const { numEmbeddings, embeddingDim } = this.#options;
    const { length, offsets } = sequencesOf('LearnedPositionalEmbedding', 'input', x, embeddingDim);
    if (first + length > numEmbeddings) {
      throw new ShapeError(
        `LearnedPositionalEmbedding: there are ${numEmbeddings} positions, the last token would be at position ${first + length - 1}`,
      );
    }
    const table = this.#table!;
    // biome-ignore lint/correctness/useYield: there are no hook points here.
    const { result } = this.runOn(x, offsets, {}, function* ({ backend }) {
      const positions = backend.embedding(table, positionsOf(offsets, first));
      return backend.reshape(backend.add(toRows(backend, x), positions), x.shape);
    });
    return result;
  }
}
