import { ShapeError } from '../errors.ts';
import type { LinearOptions, LinearWeights, Offsets, Tensor, WeightType } from './backend.ts';

// The shape rules of every operation, written once for all backends. Each function returns the sizes it has established.

export function format(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (let axis = 0; axis < shape.length; axis++) size *= shape[axis]!;
  return size;
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** Whole, non-negative sizes. */
export function checkShape(operation: string, shape: readonly number[]): void {
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw new ShapeError(`${operation}: a shape has whole sizes of at least 0, got ${format(shape)}`);
  }
}

/** Values for a tensor: exactly as many as its shape says. */
export function checkValues(operation: string, length: number, shape: readonly number[]): void {
  checkShape(operation, shape);
  if (length !== sizeOf(shape)) {
    throw new ShapeError(`${operation}: shape ${format(shape)} holds ${sizeOf(shape)} values, got ${length}`);
  }
}

/** `[rows, features]`. */
export function checkMatrix(operation: string, role: string, x: Tensor): { rows: number; features: number } {
  const [rows, features] = x.shape;
  if (x.shape.length !== 2 || rows === undefined || features === undefined) {
    throw new ShapeError(`${operation}: ${role} must be [rows, features], got ${format(x.shape)}`);
  }
  return { rows, features };
}

export function checkLinearWeights(
  weight: Float32Array,
  bias: Float32Array | undefined,
  inFeatures: number,
): { outFeatures: number } {
  if (!Number.isSafeInteger(inFeatures) || inFeatures < 1 || weight.length % inFeatures !== 0) {
    throw new ShapeError(`linear: ${weight.length} weights do not make rows of ${inFeatures} input features`);
  }
  const outFeatures = weight.length / inFeatures;
  if (bias && bias.length !== outFeatures) {
    throw new ShapeError(
      `linear: bias must have ${outFeatures} values, one for each output feature, got ${bias.length}`,
    );
  }
  return { outFeatures };
}

/** Weights that the type can hold. */
export function checkWeightType(operation: string, weight: Float32Array, dtype: WeightType): void {
  if (dtype === 'f32') return;
  const limit = dtype === 'f16' ? 65_504 : Number.MAX_VALUE;
  const wrong = weight.findIndex((value) => !(Math.abs(value) <= limit));
  if (wrong >= 0)
    throw new ShapeError(`${operation}: ${dtype} cannot hold ${weight[wrong]} at index ${wrong}`);
}

/** What values are multiplied by. */
export function checkFactor(operation: string, factor: number): void {
  if (Number.isFinite(factor)) return;
  throw new ShapeError(`${operation}: factor must be a finite number, got ${String(factor)}`);
}

/** The number of rows of `width` values. */
export function checkTable(length: number, width: number): { rows: number } {
  if (!Number.isSafeInteger(width) || width < 1 || length % width !== 0) {
    throw new ShapeError(`embeddingTable: ${length} values do not make rows of ${width}`);
  }
  return { rows: length / width };
}

export function checkLinear(x: Tensor, weights: LinearWeights, options: LinearOptions): { rows: number } {
  const { rows, features } = checkMatrix('linear', 'input', x);
  if (features !== weights.inFeatures) {
    throw new ShapeError(`linear: weights take ${weights.inFeatures} features, input has ${features}`);
  }
  const { residual } = options;
  if (residual && !sameShape(residual.shape, [rows, weights.outFeatures])) {
    throw new ShapeError(
      `linear: residual must be ${format([rows, weights.outFeatures])}, got ${format(residual.shape)}`,
    );
  }
  return { rows };
}

export function checkSame(operation: string, x: Tensor, y: Tensor): void {
  if (!sameShape(x.shape, y.shape)) {
    throw new ShapeError(
      `${operation}: both must have one shape, got ${format(x.shape)} and ${format(y.shape)}`,
    );
  }
}

export function checkColumns(x: Tensor, from: number, to: number): { rows: number; features: number } {
  const size = checkMatrix('columns', 'input', x);
  if (
    !(
      Number.isSafeInteger(from) &&
      Number.isSafeInteger(to) &&
      0 <= from &&
      from <= to &&
      to <= size.features
    )
  ) {
    throw new ShapeError(`columns: ${from} to ${to} do not lie within ${size.features} features`);
  }
  return size;
}

/** A norm's input and its parameters, of which RMS norm has no bias. */
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
    throw new ShapeError(`${operation}: ${role} must be [${features}], got ${format(parameter.shape)}`);
  }
}

/** The size of a gated linear unit's output: half of what comes in. */
export function checkGate(x: Tensor): { rows: number; width: number } {
  const { rows, features } = checkMatrix('gate', 'input', x);
  if (features % 2 !== 0)
    throw new ShapeError(`gate: input must have two equal halves, got ${features} features`);
  return { rows, width: features / 2 };
}

export function checkEmbedding(
  table: Tensor | LinearWeights,
  ids: Int32Array,
  part: { first: number; of: number } | undefined,
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

/** Offsets that cut `rows` rows into sequences. */
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
      throw new ShapeError(`${operation}: ${role} offsets must not fall, got ${offsets.join(', ')}`);
    longest = Math.max(longest, length);
  }
  if (offsets.length < 1 || offsets[0] !== 0 || offsets.at(-1) !== rows) {
    throw new ShapeError(
      `${operation}: ${role} offsets must run from 0 to ${rows}, the number of rows; got ${offsets.join(', ') || 'none'}`,
    );
  }
  return { batch: offsets.length - 1, longest };
}
