import type { Backend, LinearWeights, Tensor, WeightType } from '../../src/backend/backend.ts';
import type { Random } from './random.ts';

/** Places the operands of one operation on a backend. */
export interface Operands {
  readonly backend: Backend;
  /** An activation. */
  tensor(values: Float32Array, shape: readonly number[]): Tensor;
  /** An activation `[rows, features]`. With `strided`, the columns may be a view of a wider matrix. */
  matrix(values: Float32Array, rows: number, features: number, strided?: boolean): Tensor;
  constant(values: Float32Array, shape: readonly number[]): Tensor;
  /** `weight` is `[outFeatures, inFeatures]`. */
  linear(
    weight: Float32Array,
    bias: Float32Array | undefined,
    inFeatures: number,
    dtype?: WeightType,
  ): LinearWeights;
  /** An embedding table `[values.length / width, width]`. */
  table(values: Float32Array, width: number, dtype?: WeightType): Tensor;
}

/** An operation of {@link Backend}, with parameters `P` and operand values `V`. */
export interface Operation<P, V> {
  readonly name: string;
  /** Draws the values of the operands. */
  values(parameters: P, random: Random): V;
  /** Places the operands and returns the call. Each call computes new result tensors. */
  prepare(on: Operands, parameters: P, values: V): () => Tensor[];
}

/** Infers the parameter and value types of an operation. */
export function operation<P, V>(definition: Operation<P, V>): Operation<P, V> {
  return definition;
}

/** Number of values of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Offsets of sequences that follow one another: `[0, lengths[0], lengths[0] + lengths[1], …]`. */
export function offsetsOf(lengths: readonly number[]): Int32Array {
  const offsets = new Int32Array(lengths.length + 1);
  for (const [s, length] of lengths.entries()) offsets[s + 1] = offsets[s]! + length;
  return offsets;
}
