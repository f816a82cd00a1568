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
  /** Rows of keys, of which each sequence has some: where its first is, and how many it has. */
  keyRows: number;
  keyStarts: Int32Array;
  keyLengths: Int32Array;
  /** A query at position p sees keys from p − before to p + after. */
  before: number;
  after: number;
}

/** Larger than any length, and still a 32-bit integer. */
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
  const keys = checkKeys(options, batch, keyRows);
  if (window !== undefined && !(Number.isSafeInteger(window) && window >= 1)) {
    throw new ShapeError(`attention: window must be a whole number of at least 1, got ${window}`);
  }
  const before = window === undefined ? UNLIMITED : Math.min(window - 1, UNLIMITED);
  const sizes: AttentionSizes = {
    batch,
    queries,
    longestQuery,
    longestKey: keys.longestKey,
    heads,
    keyValueHeads,
    group: heads / keyValueHeads,
    headDim,
    scale: options.scale ?? 1 / Math.sqrt(headDim),
    queryOffsets,
    keyRows,
    keyStarts: keys.keyStarts,
    keyLengths: keys.keyLengths,
    before,
    after: causal ? 0 : before,
  };
  if (options.bias) checkBias(options.bias, sizes);
  return sizes;
}

/** Where each sequence's keys lie among `rows` rows. */
interface KeyRanges {
  keyStarts: Int32Array;
  keyLengths: Int32Array;
  longestKey: number;
}

/** `rows` is the number of rows of keys or values, if they are to be known: offsets have to cover them all. */
function checkKeys(options: AttentionOptions, batch: number, rows?: number): KeyRanges {
  const { queryOffsets, keyRanges, keyOffsets = queryOffsets } = options;
  if (keyRanges && options.keyOffsets) {
    throw new ShapeError('attention: keys are given by offsets or by ranges, not by both');
  }
  if (keyRanges) return checkRanges(keyRanges, batch, rows ?? Number.MAX_SAFE_INTEGER);
  const covered = rows ?? keyOffsets.at(-1) ?? 0;
  const { batch: keyBatch, longest } = checkOffsets('attention', 'key', keyOffsets, covered);
  checkBatches(batch, keyBatch);
  const keyLengths = new Int32Array(batch);
  for (let s = 0; s < batch; s++) keyLengths[s] = keyOffsets[s + 1]! - keyOffsets[s]!;
  return { keyStarts: keyOffsets, keyLengths, longestKey: longest };
}

function checkRanges(
  { starts, lengths }: NonNullable<AttentionOptions['keyRanges']>,
  batch: number,
  rows: number,
): KeyRanges {
  if (starts.length !== lengths.length) {
    throw new ShapeError(`attention: ${starts.length} starts of keys and ${lengths.length} lengths`);
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

/** Features of a head of values. `keyRows` is the number of rows of keys, if they have been checked. */
export function checkValuesOf(
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
  // As many rows as there are of keys have been checked with them.
  if (rows !== keyRows) checkKeys(options, batch, rows);
  return features / keyValueHeads;
}

export function checkOnly(heads: number, only: readonly number[]): void {
  for (const head of only) {
    if (!(Number.isSafeInteger(head) && head >= 0 && head < heads)) {
      throw new ShapeError(`attention: heads are 0 … ${heads - 1}, got ${head}`);
    }
  }
}

export interface ContextSizes extends KeyRanges {
  valueDim: number;
  batch: number;
  longestQuery: number;
  group: number;
}

/** Sizes of an attention whose weights are given. */
export function checkContext(
  weights: Tensor,
  v: Tensor,
  options: AttentionOptions,
  only: readonly number[],
  context: Tensor,
): ContextSizes {
  const { heads, keyValueHeads = heads, queryOffsets } = options;
  checkHeads(heads, keyValueHeads);
  checkOnly(heads, only);
  const { rows, features } = checkMatrix('attention', 'context', context);
  const { batch, longest: longestQuery } = checkOffsets('attention', 'query', queryOffsets, rows);
  const keys = checkKeys(options, batch);
  const valueDim = checkValuesOf(v, keyValueHeads, options, batch);
  if (features !== heads * valueDim) {
    throw new ShapeError(`attention: context needs ${heads * valueDim} features, got ${features}`);
  }
  const expected = [batch, only.length, longestQuery, keys.longestKey];
  if (!sameShape(weights.shape, expected)) {
    throw new ShapeError(`attention: weights must be ${format(expected)}, got ${format(weights.shape)}`);
  }
  return { valueDim, batch, longestQuery, ...keys, group: heads / keyValueHeads };
}
