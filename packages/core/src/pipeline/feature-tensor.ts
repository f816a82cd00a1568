/** Features of texts: row-major values and their shape, with the names of transformers.js' tensors. */
export class FeatureTensor {
  readonly type = 'float32';
  readonly data: Float32Array;
  readonly dims: readonly number[];

  constructor(data: Float32Array, dims: readonly number[]) {
    this.data = data;
    this.dims = dims;
  }

  /** Number of values. */
  get size(): number {
    return this.data.length;
  }

  /** The values as nested arrays: `number[][]` for `[texts, features]`, one level more for `[texts, tokens, features]`. */
  tolist(): NestedNumbers {
    const nest = (start: number, dims: readonly number[]): NestedNumbers => {
      const [length = 0, ...inner] = dims;
      if (inner.length === 0) return Array.from(this.data.subarray(start, start + length));
      const step = inner.reduce((product, size) => product * size, 1);
      return Array.from({ length }, (_, i) => nest(start + i * step, inner));
    };
    return nest(0, this.dims);
  }
}

export type NestedNumbers = number[] | NestedNumbers[];
