import { ShapeError } from '../errors.ts';
import type {
  AttentionOptions,
  LinearOptions,
  LinearWeights,
  Offsets,
  Tensor,
  WeightType,
} from './backend.ts';

// The shape rules of every operation, written once for all backends. Each function returns the sizes it has established.

export function format(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
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

export function checkNorm(x: Tensor, gain: Tensor, bias: Tensor): { rows: number; features: number } {
  const size = checkMatrix('layerNorm', 'input', x);
  for (const [role, parameter] of [
    ['gain', gain],
    ['bias', bias],
  ] as const) {
    if (!sameShape(parameter.shape, [size.features])) {
      throw new ShapeError(`layerNorm: ${role} must be [${size.features}], got ${format(parameter.shape)}`);
    }
  }
  return size;
}

export function checkEmbedding(
  table: Tensor,
  ids: Int32Array,
  part: { first: number; of: number } | undefined,
): { rows: number; width: number; first: number } {
  const { rows, features: width } = checkMatrix('embedding', 'table', table);
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

/** Sizes of an attention, with the options' defaults filled in. */
export interface AttentionSizes {
  batch: number;
  queries: number;
  longestQuery: number;
  longestKey: number;
  heads: number;
  keyValueHeads: number;
  /** Query heads to a key-value head. */
  group: number;
  headDim: number;
  scale: number;
  queryOffsets: Offsets;
  keyOffsets: Offsets;
  /** A query at position p sees keys from p − before to p + after. */
  before: number;
  after: number;
}

/** Larger than any length, and still a 32-bit integer. */
const UNLIMITED = 0x7fff_ffff;

export function checkAttention(q: Tensor, k: Tensor, options: AttentionOptions): AttentionSizes {
  const { heads, keyValueHeads = heads, causal = false, window, queryOffsets } = options;
  const { rows: queries, features } = checkMatrix('attention', 'queries', q);
  const { rows: keys, features: keyFeatures } = checkMatrix('attention', 'keys', k);
  checkHeads(heads, keyValueHeads);
  if (features === 0 || features % heads !== 0) {
    throw new ShapeError(`attention: ${features} query features do not divide into ${heads} heads`);
  }
  const headDim = features / heads;
  if (keyFeatures !== headDim * keyValueHeads) {
    throw new ShapeError(
      `attention: keys need ${headDim * keyValueHeads} features (${keyValueHeads} heads of ${headDim}, as the queries have), got ${keyFeatures}`,
    );
  }
  const keyOffsets = options.keyOffsets ?? queryOffsets;
  const { batch, longest: longestQuery } = checkOffsets('attention', 'query', queryOffsets, queries);
  const { batch: keyBatch, longest: longestKey } = checkOffsets('attention', 'key', keyOffsets, keys);
  checkBatches(batch, keyBatch);
  if (window !== undefined && !(Number.isSafeInteger(window) && window >= 1)) {
    throw new ShapeError(`attention: window must be a whole number of at least 1, got ${window}`);
  }
  const before = window === undefined ? UNLIMITED : Math.min(window - 1, UNLIMITED);
  const sizes: AttentionSizes = {
    batch,
    queries,
    longestQuery,
    longestKey,
    heads,
    keyValueHeads,
    group: heads / keyValueHeads,
    headDim,
    scale: options.scale ?? 1 / Math.sqrt(headDim),
    queryOffsets,
    keyOffsets,
    before,
    after: causal ? 0 : before,
  };
  if (options.bias) checkBias(options.bias, sizes);
  return sizes;
}

function checkBatches(queries: number, keys: number): void {
  if (queries !== keys) throw new ShapeError(`attention: queries are ${queries} sequences, keys ${keys}`);
}

function checkHeads(heads: number, keyValueHeads: number): void {
  const whole = Number.isSafeInteger(heads) && Number.isSafeInteger(keyValueHeads);
  if (!whole || heads < 1 || keyValueHeads < 1 || heads % keyValueHeads !== 0) {
    throw new ShapeError(
      `attention: heads must be a multiple of key-value heads, both at least 1; got ${heads} and ${keyValueHeads}`,
    );
  }
}

function checkBias(bias: Tensor, { batch, heads, longestQuery, longestKey }: AttentionSizes): void {
  const [b, h, q, k] = bias.shape;
  const fits =
    bias.shape.length === 4 &&
    (b === 1 || b === batch) &&
    (h === 1 || h === heads) &&
    (q === 1 || q === longestQuery) &&
    k === longestKey;
  if (!fits) {
    throw new ShapeError(
      `attention: bias must be [${batch} or 1, ${heads} or 1, ${longestQuery} or 1, ${longestKey}], got ${format(bias.shape)}`,
    );
  }
}

/** Element strides of a bias' axes, 0 where one row serves all. */
export function biasStrides(bias: Tensor): { batch: number; head: number; query: number } {
  const [b = 1, h = 1, q = 1, k = 1] = bias.shape;
  return {
    batch: b === 1 ? 0 : h * q * k,
    head: h === 1 ? 0 : q * k,
    query: q === 1 ? 0 : k,
  };
}

export function checkValuesOf(
  v: Tensor,
  sizes: { keyValueHeads: number; keyOffsets: Offsets },
): { valueDim: number } {
  const { rows, features } = checkMatrix('attention', 'values', v);
  if (features % sizes.keyValueHeads !== 0) {
    throw new ShapeError(
      `attention: ${features} value features do not divide into ${sizes.keyValueHeads} heads`,
    );
  }
  checkOffsets('attention', 'key', sizes.keyOffsets, rows);
  return { valueDim: features / sizes.keyValueHeads };
}

export function checkOnly(heads: number, only: readonly number[]): void {
  for (const head of only) {
    if (!(Number.isSafeInteger(head) && head >= 0 && head < heads)) {
      throw new ShapeError(`attention: heads are 0 … ${heads - 1}, got ${head}`);
    }
  }
}

/** Sizes of an attention whose weights are given. */
export function checkContext(
  weights: Tensor,
  v: Tensor,
  options: AttentionOptions,
  only: readonly number[],
  context: Tensor,
): {
  valueDim: number;
  batch: number;
  longestQuery: number;
  longestKey: number;
  group: number;
  keyOffsets: Offsets;
} {
  const { heads, keyValueHeads = heads, queryOffsets, keyOffsets = queryOffsets } = options;
  checkHeads(heads, keyValueHeads);
  checkOnly(heads, only);
  const { rows, features } = checkMatrix('attention', 'context', context);
  const { batch, longest: longestQuery } = checkOffsets('attention', 'query', queryOffsets, rows);
  const { batch: keyBatch, longest: longestKey } = checkOffsets(
    'attention',
    'key',
    keyOffsets,
    keyOffsets.at(-1) ?? 0,
  );
  checkBatches(batch, keyBatch);
  const { valueDim } = checkValuesOf(v, { keyValueHeads, keyOffsets });
  if (features !== heads * valueDim) {
    throw new ShapeError(`attention: context needs ${heads * valueDim} features, got ${features}`);
  }
  const expected = [batch, only.length, longestQuery, longestKey];
  if (!sameShape(weights.shape, expected)) {
    throw new ShapeError(`attention: weights must be ${format(expected)}, got ${format(weights.shape)}`);
  }
  return { valueDim, batch, longestQuery, longestKey, group: heads / keyValueHeads, keyOffsets };
}
