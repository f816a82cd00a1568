import { ShapeError } from '../errors.ts';
import type { LinearOptions, LinearWeights, Offsets, Tensor, VocabularyPart, WeightType } from './backend.ts';

// Argument checks shared by all backends. Each function throws `ShapeError`, or returns the sizes that it has checked.

/** A shape for error messages. */
export function formatShape(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

/** Number of values of a shape. */
export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (let axis = 0; axis < shape.length; axis++) size *= shape[axis]!;
  return size;
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** Sizes are whole numbers of at least 0. */
export function checkShape(operation: string, shape: readonly number[]): void {
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw new ShapeError(
      `${operation}: sizes of a shape must be whole numbers of at least 0, got ${formatShape(shape)}`,
    );
  }
}

/** A tensor has as many values as its shape. */
export function checkValues(operation: string, length: number, shape: readonly number[]): void {
  checkShape(operation, shape);
  if (length !== sizeOf(shape)) {
    throw new ShapeError(
      `${operation}: shape ${formatShape(shape)} holds ${sizeOf(shape)} values, got ${length}`,
    );
  }
}

/** x is `[rows, features]`. */
export function checkMatrix(operation: string, role: string, x: Tensor): { rows: number; features: number } {
  const [rows, features] = x.shape;
  if (x.shape.length !== 2 || rows === undefined || features === undefined) {
    throw new ShapeError(`${operation}: ${role} must be [rows, features], got ${formatShape(x.shape)}`);
  }
  return { rows, features };
}

export function checkLinearWeights(
  weight: Float32Array,
  bias: Float32Array | undefined,
  inFeatures: number,
): { outFeatures: number } {
  const outFeatures = checkWidth('linear: weight must be [outFeatures', weight.length, inFeatures);
  if (bias && bias.length !== outFeatures) {
    throw new ShapeError(
      `linear: bias must have ${outFeatures} values, one for each output feature, got ${bias.length}`,
    );
  }
  return { outFeatures };
}

/** All values are finite and, in f16, in range. `firstIndex` is the index of the first value in its tensor. */
export function checkWeightType(
  operation: string,
  weight: Float32Array,
  dtype: WeightType,
  firstIndex = 0,
): void {
  if (dtype === 'f32') return;
  const limit = dtype === 'f16' ? 65_504 : Number.MAX_VALUE;
  const index = weight.findIndex((value) => !(Math.abs(value) <= limit));
  if (index >= 0)
    throw new ShapeError(
      `${operation}: ${dtype} cannot hold ${weight[index]} at index ${firstIndex + index}`,
    );
}

export function checkFinite(what: string, value: number): void {
  if (Number.isFinite(value)) return;
  throw new ShapeError(`${what} must be a finite number, got ${String(value)}`);
}

/** The table is `[rows, width]`. */
export function checkEmbeddingTable(length: number, width: number): { rows: number } {
  return { rows: checkWidth('embeddingTable: data must be [rows', length, width) };
}

/** The values are rows of `width`. Returns their number. */
function checkWidth(expected: string, length: number, width: number): number {
  if (Number.isSafeInteger(width) && width > 0 && length % width === 0) return length / width;
  throw new ShapeError(`${expected}, ${width}], got ${length} values`);
}

export function checkLinear(x: Tensor, weights: LinearWeights, options: LinearOptions): { rows: number } {
  const { rows, features } = checkMatrix('linear', 'input', x);
  if (features !== weights.inFeatures) {
    throw new ShapeError(`linear: input must have ${weights.inFeatures} features, got ${features}`);
  }
  const { residual } = options;
  if (residual && !sameShape(residual.shape, [rows, weights.outFeatures])) {
    throw new ShapeError(
      `linear: residual must be ${formatShape([rows, weights.outFeatures])}, got ${formatShape(residual.shape)}`,
    );
  }
  return { rows };
}

export function checkSameShape(operation: string, x: Tensor, y: Tensor): void {
  if (!sameShape(x.shape, y.shape)) {
    throw new ShapeError(
      `${operation}: shapes must be equal, got ${formatShape(x.shape)} and ${formatShape(y.shape)}`,
    );
  }
}

/** `from` to `to` are rows, or columns, of a matrix. */
export function checkRange(
  axis: 'rows' | 'columns',
  x: Tensor,
  from: number,
  to: number,
): { rows: number; features: number } {
  const size = checkMatrix(axis, 'input', x);
  const unit = axis === 'rows' ? axis : 'features';
  const limit = size[unit];
  if (Number.isSafeInteger(from) && Number.isSafeInteger(to) && 0 <= from && from <= to && to <= limit)
    return size;
  throw new ShapeError(`${axis}: ${from} to ${to} do not lie within ${limit} ${unit}`);
}

/** The input is `[rows, features]`, gain and bias `[features]`. RMS normalisation has no bias. */
export function checkNorm(
  operation: string,
  x: Tensor,
  gain: Tensor,
  bias?: Tensor,
): { rows: number; features: number } {
  const size = checkMatrix(operation, 'input', x);
  checkParameter(operation, 'gain', gain, size.features);
  if (bias) checkParameter(operation, 'bias', bias, size.features);
  return size;
}

function checkParameter(operation: string, role: string, parameter: Tensor, features: number): void {
  if (parameter.shape.length !== 1 || parameter.shape[0] !== features) {
    throw new ShapeError(`${operation}: ${role} must be [${features}], got ${formatShape(parameter.shape)}`);
  }
}

/** The input is `[rows, 2 · width]`. */
export function checkGate(x: Tensor): { rows: number; width: number } {
  const { rows, features } = checkMatrix('gate', 'input', x);
  if (features % 2 !== 0)
    throw new ShapeError(`gate: input must have an even number of features, got ${features}`);
  return { rows, width: features / 2 };
}

export function checkEmbedding(
  table: Tensor | LinearWeights,
  ids: Int32Array,
  part: VocabularyPart | undefined,
): { rows: number; width: number; first: number } {
  const { rows, features: width } =
    'shape' in table
      ? checkMatrix('embedding', 'table', table)
      : { rows: table.outFeatures, features: table.inFeatures };
  const first = part?.first ?? 0;
  const vocabulary = part?.of ?? rows;
  const whole = Number.isSafeInteger(first) && Number.isSafeInteger(vocabulary);
  if (!(whole && first >= 0 && first + rows <= vocabulary)) {
    throw new ShapeError(
      `embedding: rows ${first} to ${first + rows} do not lie within a vocabulary of ${vocabulary}`,
    );
  }
  const outside = ids.findIndex((id) => id < 0 || id >= vocabulary);
  if (outside >= 0) {
    throw new ShapeError(
      `embedding: ids must lie in 0 … ${vocabulary - 1}, got ${ids[outside]} at index ${outside}`,
    );
  }
  return { rows, width, first };
}

/** Offsets run from 0 to `rows` without decreasing. Returns the number of sequences and the length of the longest. */
export function checkOffsets(
  operation: string,
  role: string,
  offsets: Offsets,
  rows: number,
): { batch: number; longest: number } {
  let longest = 0;
  for (let s = 1; s < offsets.length; s++) {
    const length = offsets[s]! - offsets[s - 1]!;
    if (length < 0)
      throw new ShapeError(`${operation}: ${role} offsets must not decrease, got ${offsets.join(', ')}`);
    longest = Math.max(longest, length);
  }
  if (offsets.length < 1 || offsets[0] !== 0 || offsets.at(-1) !== rows) {
    throw new ShapeError(
      `${operation}: ${role} offsets must run from 0 to ${rows}, the number of rows; got ${offsets.join(', ') || 'none'}`,
    );
  }
  return { batch: offsets.length - 1, longest };
}

/** The input has one row: `[n]` or `[1, n]`. Returns n. */
export function checkVector(operation: string, x: Tensor): number {
  const n = x.shape.at(-1) ?? 1;
  if (sizeOf(x.shape.slice(0, -1)) === 1) return n;
  throw new ShapeError(`${operation}: input must have one row, got ${formatShape(x.shape)}`);
}

/** The input of `argmax` has at least one value. */
export function checkArgmax(x: Tensor): number {
  const n = checkVector('argmax', x);
  if (n > 0) return n;
  throw new ShapeError('argmax: input must have at least one value, got none');
}

/** `k` is a whole number from 0 to n. */
export function checkTopK(x: Tensor, k: number): number {
  const n = checkVector('topK', x);
  if (Number.isSafeInteger(k) && k >= 0 && k <= n) return n;
  throw new ShapeError(`topK: k must be a whole number from 0 to ${n}, got ${String(k)}`);
}

/** The shift is finite and the factor above 0. */
export function checkSumExp(operation: string, x: Tensor, shift: number, factor: number): number {
  const n = checkVector(operation, x);
  checkFinite(`${operation}: shift`, shift);
  if (!(factor > 0 && factor < Infinity))
    throw new ShapeError(`${operation}: factor must be a finite number above 0, got ${String(factor)}`);
  return n;
}
