import type { Backend, Tensor } from '../../backend/backend.ts';
import { ShapeError } from '../../errors.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import { positionsOf } from '../run/forward.ts';
import { type FloatArray, sequencesOf, toRows } from '../torch/float-array.ts';
import { Layer, loadLayer } from '../torch/layer.ts';
import type { StateDict } from '../torch/state-dict.ts';

export interface LearnedPositionalEmbeddingOptions {
  /** Number of positions. */
  readonly numEmbeddings: number;
  /** Features of each token. */
  readonly embeddingDim: number;
}

/** Learned position embeddings (Gehring et al. 2017; BERT, GPT-2) with the weight of PyTorch's `nn.Embedding`: `weight`. */
export class LearnedPositionalEmbedding extends Layer {
  readonly #table: Tensor;
  readonly #options: LearnedPositionalEmbeddingOptions;

  private constructor(loader: WeightLoader, table: Tensor, options: LearnedPositionalEmbeddingOptions) {
    super(loader);
    this.#table = table;
    this.#options = options;
  }

  static load(
    backend: Backend,
    stateDict: StateDict,
    options: LearnedPositionalEmbeddingOptions,
  ): Promise<LearnedPositionalEmbedding> {
    return loadLayer('LearnedPositionalEmbedding', backend, stateDict, async (loader) => {
      const table = await loader.constant('weight', [options.numEmbeddings, options.embeddingDim]);
      return new LearnedPositionalEmbedding(loader, table, options);
    });
  }

  /**
   * `x[batch, length, embeddingDim]` plus the vectors of its positions; the first token of each sequence is at position `first`. Throws
   * `ShapeError` for positions beyond `numEmbeddings`.
   */
  forward(x: FloatArray, first = 0): FloatArray {
    const { numEmbeddings, embeddingDim } = this.#options;
    const { length, offsets } = sequencesOf('LearnedPositionalEmbedding', 'input', x, embeddingDim);
    if (first + length > numEmbeddings) {
      throw new ShapeError(
        `LearnedPositionalEmbedding: there are ${numEmbeddings} positions, the last token would be at position ${first + length - 1}`,
      );
    }
    const table = this.#table;
    // biome-ignore lint/correctness/useYield: there are no hook points here.
    const { result } = this.run(offsets, {}, function* ({ backend }) {
      const positions = backend.embedding(table, positionsOf(offsets, first));
      return backend.read(backend.add(toRows(backend, x), positions));
    });
    return { data: result, shape: x.shape };
  }
}
