import { ShapeError } from '../errors.ts';
import type { AttentionOptions, Offsets, Tensor } from './backend.ts';
import { checkFinite, checkMatrix, checkOffsets, formatShape, sameShape } from './check.ts';

/** The sizes of an attention, and its options with defaults resolved. */
export interface AttentionSizes {
  batch: number;
  queries: number;
  /** Queries of the sequence that has most. */
  longestQuery: number;
  /** Keys of the sequence that has most. */
  longestKey: number;
  heads: number;
  keyValueHeads: number;
  /** Query heads per key-value head. */
  group: number;
  headDim: number;
  scale: number;
  queryOffsets: Offsets;
  /** Rows of the key tensor. */
  keyRows: number;
  /** First row of each sequence's keys. */
  keyStarts: Int32Array;
  /** Number of keys of each sequence. */
  keyLengths: Int32Array;
  /** A query at position p sees the keys p − before to p + after. */
  before: number;
  after: number;
  /** Position of each sequence's first query among its keys. */
  queryStarts: Int32Array;
  /** Bound of the scores; 0 for none. */
  softCap: number;
}

/** The largest 32-bit integer, for an unlimited window. */
const UNLIMITED = 0x7fff_ffff;

export function checkAttention(q: Tensor, k: Tensor, options: AttentionOptions): AttentionSizes {
  const { heads, keyValueHeads = heads, causal = false, window, queryOffsets } = options;
  const { rows: queries, features } = checkMatrix('attention', 'queries', q);
  const { rows: keyRows, features: keyFeatures } = checkMatrix('attention', 'keys', k);
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
  const { batch, longest: longestQuery } = checkOffsets('attention', 'query', queryOffsets, queries);
  const keys = checkKeyRanges(options, batch, keyRows);
  const [before, after] = checkWindow(window);
  const { scale = 1 / Math.sqrt(headDim), softCap = 0 } = options;
  checkFinite('attention: scale', scale);
  if (options.softCap !== undefined && !(Number.isFinite(softCap) && softCap > 0)) {
    throw new ShapeError(`attention: softCap must be a number above 0, got ${softCap}`);
  }
  const sizes: AttentionSizes = {
    batch,
    queries,
    longestQuery,
    longestKey: keys.longestKey,
    heads,
    keyValueHeads,
    group: heads / keyValueHeads,
    headDim,
    scale,
    queryOffsets,
    keyRows,
    keyStarts: keys.keyStarts,
    keyLengths: keys.keyLengths,
    before,
    after: causal ? 0 : after,
    queryStarts: checkQueryStarts(options.queryStarts, queryOffsets, keys.keyLengths),
    softCap,
  };
  if (options.bias) checkBias(options.bias, sizes);
  return sizes;
}

/** The number of visible keys before and after a query's position. */
function checkWindow(window: AttentionOptions['window']): readonly [before: number, after: number] {
  if (window === undefined) return [UNLIMITED, UNLIMITED];
  const isOne = typeof window === 'number';
  const [before, after] = isOne ? [window - 1, window - 1] : window;
  const isSide = (side: number) => side === Infinity || (Number.isSafeInteger(side) && side >= 0);
  if (!isSide(before) || !isSide(after) || (isOne && window === Infinity)) {
    const least = isOne ? 'a whole number of at least 1' : 'two whole numbers of at least 0 or Infinity';
    throw new ShapeError(`attention: window must be ${least}, got ${window}`);
  }
  return [Math.min(before, UNLIMITED), Math.min(after, UNLIMITED)];
}

function checkQueryStarts(
  given: Int32Array | undefined,
  queryOffsets: Offsets,
  lengths: Int32Array,
): Int32Array {
  const batch = lengths.length;
  if (!given) return lengths.map((length, s) => length - (queryOffsets[s + 1]! - queryOffsets[s]!));
  if (given.length !== batch) {
    throw new ShapeError(`attention: queryStarts must have ${batch} positions, got ${given.length}`);
  }
  // Positions plus lengths have to be 32-bit integers.
  if (given.some((start) => Math.abs(start) > 0x3fff_ffff)) {
    throw new ShapeError('attention: queryStarts must be between −2³⁰ and 2³⁰');
  }
  return given;
}

/** First row and number of rows of each sequence's keys. */
interface KeyRanges {
  keyStarts: Int32Array;
  keyLengths: Int32Array;
  longestKey: number;
}

/** @param rows rows of the key or value tensor, which offsets must cover; undefined to skip that check */
function checkKeyRanges(options: AttentionOptions, batch: number, rows?: number): KeyRanges {
  const { queryOffsets, keyRanges, keyOffsets = queryOffsets } = options;
  if (keyRanges && options.keyOffsets) {
    throw new ShapeError('attention: keyOffsets and keyRanges cannot both be given');
  }
  if (keyRanges) return checkExplicitRanges(keyRanges, batch, rows ?? Number.MAX_SAFE_INTEGER);
  const covered = rows ?? keyOffsets.at(-1) ?? 0;
  const { batch: keyBatch, longest } = checkOffsets('attention', 'key', keyOffsets, covered);
  checkBatches(batch, keyBatch);
  const keyLengths = new Int32Array(batch);
  for (let s = 0; s < batch; s++) keyLengths[s] = keyOffsets[s + 1]! - keyOffsets[s]!;
  return { keyStarts: keyOffsets, keyLengths, longestKey: longest };
}

function checkExplicitRanges(
  { starts, lengths }: NonNullable<AttentionOptions['keyRanges']>,
  batch: number,
  rows: number,
): KeyRanges {
  if (starts.length !== lengths.length) {
    throw new ShapeError(
      `attention: keyRanges must have as many starts as lengths, got ${starts.length} and ${lengths.length}`,
    );
  }
  checkBatches(batch, starts.length);
  let longestKey = 0;
  for (let s = 0; s < batch; s++) {
    const [start, length] = [starts[s]!, lengths[s]!];
    if (start < 0 || length < 0 || start + length > rows) {
      throw new ShapeError(
        `attention: keys ${start} to ${start + length} of sequence ${s} do not lie within ${rows} rows`,
      );
    }
    longestKey = Math.max(longestKey, length);
  }
  return { keyStarts: starts, keyLengths: lengths, longestKey };
}

function checkBatches(queries: number, keys: number): void {
  if (queries !== keys)
    throw new ShapeError(
      `attention: queries and keys must have as many sequences, got ${queries} and ${keys}`,
    );
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
      `attention: bias must be [${batch} or 1, ${heads} or 1, ${longestQuery} or 1, ${longestKey}], got ${formatShape(bias.shape)}`,
    );
  }
}

/** Strides of the axes of a bias, in elements; 0 for an axis that is broadcast. */
export function biasStrides(bias: Tensor): { batch: number; head: number; query: number } {
  const [b = 1, h = 1, q = 1, k = 1] = bias.shape;
  return {
    batch: b === 1 ? 0 : h * q * k,
    head: h === 1 ? 0 : q * k,
    query: q === 1 ? 0 : k,
  };
}

/** Returns valueDim. `keyRows` is the number of rows of the key tensor, if that has been checked. */
export function checkValueHeads(
  v: Tensor,
  keyValueHeads: number,
  options: AttentionOptions,
  batch: number,
  keyRows?: number,
): number {
  const { rows, features } = checkMatrix('attention', 'values', v);
  if (features % keyValueHeads !== 0) {
    throw new ShapeError(`attention: ${features} value features do not divide into ${keyValueHeads} heads`);
  }
  // The ranges have been checked for `keyRows` rows.
  if (rows !== keyRows) checkKeyRanges(options, batch, rows);
  return features / keyValueHeads;
}

export function checkHeadIndices(heads: number, headIndices: readonly number[]): void {
  for (const head of headIndices) {
    if (!(Number.isSafeInteger(head) && head >= 0 && head < heads)) {
      throw new ShapeError(`attention: head indices must lie in 0 … ${heads - 1}, got ${head}`);
    }
  }
}

export interface ContextSizes extends KeyRanges {
  valueDim: number;
  batch: number;
  longestQuery: number;
  group: number;
}

/** Checks `attentionContext`. */
export function checkContext(
  weights: Tensor,
  v: Tensor,
  options: AttentionOptions,
  headIndices: readonly number[],
  context: Tensor,
): ContextSizes {
  const { heads, keyValueHeads = heads, queryOffsets } = options;
  checkHeads(heads, keyValueHeads);
  checkHeadIndices(heads, headIndices);
  const { rows, features } = checkMatrix('attention', 'context', context);
  const { batch, longest: longestQuery } = checkOffsets('attention', 'query', queryOffsets, rows);
  const keys = checkKeyRanges(options, batch);
  const valueDim = checkValueHeads(v, keyValueHeads, options, batch);
  if (features !== heads * valueDim) {
    throw new ShapeError(`attention: context needs ${heads * valueDim} features, got ${features}`);
  }
  const expected = [batch, headIndices.length, longestQuery, keys.longestKey];
  if (!sameShape(weights.shape, expected)) {
    throw new ShapeError(
      `attention: weights must be ${formatShape(expected)}, got ${formatShape(weights.shape)}`,
    );
  }
  return { valueDim, batch, longestQuery, ...keys, group: heads / keyValueHeads };
}
