import { ShapeError } from '../errors.ts';
import type { AttentionOptions, Offsets, Tensor } from './backend.ts';
import { checkMatrix, checkOffsets, format, sameShape } from './check.ts';

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
