import type { LinearWeights, Tensor } from '../../backend/backend.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import { checkSizes } from '../torch/float-array.ts';
import { embeddingSpecs, type WeightSpecs } from '../torch/init.ts';
import { Module } from '../torch/module.ts';

/** Rows of a table by index, with the weight of PyTorch's `nn.Embedding`: `weight` `[numEmbeddings, embeddingDim]`, initially standard normal. */
export class Embedding extends Module {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  #table: Tensor | LinearWeights | undefined;

  constructor(numEmbeddings: number, embeddingDim: number) {
    super('Embedding');
    checkSizes('Embedding', { numEmbeddings, embeddingDim });
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
  }

  protected override weightSpecs(): WeightSpecs {
    return embeddingSpecs('', this.numEmbeddings, this.embeddingDim);
  }

  protected override async createWeights(loader: WeightLoader): Promise<void> {
    const rows = { from: 0, to: this.numEmbeddings };
    this.#table = await loader.table('weight', this.numEmbeddings, this.embeddingDim, rows);
  }

  /** `[ids.length, embeddingDim]`. Throws `ShapeError` for an id that is not below `numEmbeddings`. */
  forward(ids: ArrayLike<number>): Tensor {
    const { backend } = this;
    return backend.embedding(this.#table!, ids instanceof Int32Array ? ids : Int32Array.from(ids));
  }
}
