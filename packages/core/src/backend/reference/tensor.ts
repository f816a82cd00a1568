import { ConfigError } from '../../errors.ts';
import type { LinearWeights, Tensor, WeightType } from '../backend.ts';

/** Values of a tensor: weights are f32, results f64. */
export type Numbers = Float32Array | Float64Array;

/** A tensor in a typed array. Rows of the last axis are `stride` elements apart, so that columns can be a view. */
export class ReferenceTensor implements Tensor {
  readonly shape: readonly number[];
  readonly data: Numbers;
  readonly start: number;
  readonly stride: number;

  constructor(data: Numbers, shape: readonly number[], start = 0, stride: number = shape.at(-1) ?? 1) {
    this.data = data;
    this.shape = shape;
    this.start = start;
    this.stride = stride;
  }

  /** Number of rows: the product of all axes but the last. */
  get rows(): number {
    return this.shape.slice(0, -1).reduce((product, size) => product * size, 1);
  }

  get width(): number {
    return this.shape.at(-1) ?? 1;
  }

  at(row: number, column: number): number {
    return this.data[this.start + row * this.stride + column]!;
  }

  set(row: number, column: number, value: number): void {
    this.data[this.start + row * this.stride + column] = value;
  }
}

export class ReferenceLinear implements LinearWeights {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly weight: Float32Array;
  readonly bias: Float32Array | undefined;
  readonly dtype: WeightType;

  constructor(weight: Float32Array, bias: Float32Array | undefined, inFeatures: number, dtype: WeightType) {
    this.dtype = dtype;
    this.weight = weight;
    this.bias = bias;
    this.inFeatures = inFeatures;
    this.outFeatures = weight.length / inFeatures;
  }
}

/** Throws `ConfigError` for a tensor of another backend. */
export function asReferenceTensor(x: Tensor): ReferenceTensor {
  if (x instanceof ReferenceTensor) return x;
  throw new ConfigError('reference: this tensor belongs to another backend');
}

/** Throws `ConfigError` for weights of another backend. */
export function asReferenceLinear(weights: LinearWeights): ReferenceLinear {
  if (weights instanceof ReferenceLinear) return weights;
  throw new ConfigError('reference: these weights belong to another backend');
}
