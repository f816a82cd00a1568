import type { Backend, LinearWeights, Tensor, WeightType } from '../../../src/index.ts';
import { type Operands, Random } from '../../operations/index.ts';

/**
 * Places the operands of one case on a backend and detects changes to them. The columns beside a view are NaN, so that a read outside the
 * view shows in the result.
 */
export class Inputs implements Operands {
  readonly backend: Backend;
  readonly random: Random;
  readonly #operands: { tensor: Tensor; values: Float32Array }[] = [];
  readonly #weights: (Tensor | LinearWeights)[] = [];

  constructor(backend: Backend, seed: number) {
    this.backend = backend;
    this.random = new Random(seed);
  }

  tensor(values: Float32Array, shape: readonly number[]): Tensor {
    const tensor = this.backend.tensor(values, shape);
    this.#operands.push({ tensor, values });
    return tensor;
  }

  constant(values: Float32Array, shape: readonly number[]): Tensor {
    const tensor = this.backend.constant(values, shape);
    this.#operands.push({ tensor, values });
    this.#weights.push(tensor);
    return tensor;
  }

  /** `[rows, features]`. With `strided`, a view of the middle columns of a wider matrix. */
  matrix(values: Float32Array, rows: number, features: number, strided?: boolean): Tensor {
    return strided
      ? this.view(values, rows, features, { left: 3, right: 2 })
      : this.tensor(values, [rows, features]);
  }

  view(
    values: Float32Array,
    rows: number,
    features: number,
    margin: { left: number; right: number },
  ): Tensor {
    const width = margin.left + features + margin.right;
    const all = new Float32Array(rows * width).fill(NaN);
    for (let row = 0; row < rows; row++) {
      all.set(values.subarray(row * features, (row + 1) * features), row * width + margin.left);
    }
    return this.backend.columns(this.tensor(all, [rows, width]), margin.left, margin.left + features);
  }

  linear(
    weight: Float32Array,
    bias: Float32Array | undefined,
    inFeatures: number,
    dtype: WeightType = 'f32',
  ): LinearWeights {
    const weights = this.backend.linearWeights(weight, bias, inFeatures, dtype);
    this.#weights.push(weights);
    return weights;
  }

  table(values: Float32Array, width: number, dtype?: WeightType): Tensor {
    const table = this.backend.embeddingTable(values, width, dtype);
    this.#weights.push(table);
    return table;
  }

  /** The shape of the first operand that changed. */
  changed(): string | undefined {
    for (const { tensor, values } of this.#operands) {
      const now = this.backend.read(tensor);
      for (let i = 0; i < now.length; i++) {
        if (!Object.is(now[i], values[i])) return `[${tensor.shape.join(', ')}]`;
      }
    }
    return undefined;
  }

  release(): void {
    for (const weights of this.#weights) this.backend.release(weights);
  }
}
