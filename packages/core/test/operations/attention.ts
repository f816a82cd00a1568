import type { AttentionOptions, Tensor } from '../../src/backend/backend.ts';
import { type Operands, offsetsOf, operation, sizeOf } from './operation.ts';
import type { Random } from './random.ts';

/** What a bias of −∞ masks: random keys, some first and last keys of each row, all keys of random queries, or all keys. */
export type Masked = 'nothing' | 'keys' | 'ends' | 'queries' | 'everything';

export interface AttentionParameters {
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headDim: number;
  readonly valueDim: number;
  /** Tokens of each sequence. */
  readonly queries: readonly number[];
  /** Default: those of the queries. */
  readonly keys?: readonly number[];
  /** Passes `keyRanges`: one after another, in reverse order with gaps, or overlapping. Rows outside all ranges are NaN. */
  readonly ranges?: 'contiguous' | 'apart' | 'overlapping';
  readonly causal?: boolean;
  readonly window?: number | readonly [before: number, after: number];
  /** Positions of the first queries. */
  readonly starts?: readonly number[];
  readonly softCap?: number;
  /** Some values are NaN or infinite, also such that a mask hides. */
  readonly broken?: boolean;
  readonly scale?: number;
  /** Axes of the bias that are not of size 1, and its −∞ values. Values of positions without a token are NaN. */
  readonly bias?: { batch: boolean; head: boolean; query: boolean; masked: Masked };
  /** Queries, keys and values are views of wider matrices. */
  readonly strided?: boolean;
  /** Bound of the queries. Default: 2, which spreads the scores over ±8 or so. */
  readonly limit?: number;
}

interface KeyRanges {
  readonly starts: Int32Array;
  readonly lengths: Int32Array;
  /** Rows of keys and values. */
  readonly rows: number;
}

export interface AttentionValues {
  /** `[queries, heads · headDim]` */
  readonly q: Float32Array;
  /** `[keys, keyValueHeads · headDim]` */
  readonly k: Float32Array;
  /** `[keys, keyValueHeads · valueDim]` */
  readonly v: Float32Array;
  readonly ranges?: KeyRanges | undefined;
  readonly bias?: { readonly values: Float32Array; readonly shape: readonly number[] } | undefined;
}

function drawRanges(
  random: Random,
  lengths: readonly number[],
  kind: NonNullable<AttentionParameters['ranges']>,
): KeyRanges {
  const starts = kind === 'contiguous' ? offsetsOf(lengths).slice(0, -1) : new Int32Array(lengths.length);
  let rows = kind === 'contiguous' ? offsetsOf(lengths).at(-1)! : 2;
  for (let s = lengths.length - 1; kind !== 'contiguous' && s >= 0; s--) {
    if (kind === 'overlapping') {
      starts[s] = random.integer(0, 5);
      rows = Math.max(0, ...lengths) + 6;
    } else {
      starts[s] = rows;
      rows += lengths[s]! + random.integer(0, 3);
    }
  }
  return { starts, lengths: Int32Array.from(lengths), rows };
}

function drawBias(random: Random, p: AttentionParameters) {
  const { batch, head, query, masked } = p.bias!;
  const keys = p.keys ?? p.queries;
  const width = Math.max(0, ...keys);
  const queries = query ? Math.max(0, ...p.queries) : 1;
  const shape = [batch ? p.queries.length : 1, head ? p.heads : 1, queries, width];
  const rowsOfSequence = shape[1]! * queries;
  const values = random.values(sizeOf(shape));
  for (let row = 0; row < shape[0]! * rowsOfSequence; row++) {
    const maskRow = masked === 'everything' || (masked === 'queries' && random.chance(0.4));
    const tokens = batch ? keys[Math.floor(row / rowsOfSequence)]! : width;
    const ends = masked === 'ends' ? [random.integer(0, tokens), random.integer(0, tokens)] : [0, tokens];
    for (let key = 0; key < width; key++) {
      if (key >= tokens) values[row * width + key] = NaN;
      else if (maskRow || key < ends[0]! || key >= ends[1]! || (masked === 'keys' && random.chance(0.4)))
        values[row * width + key] = -Infinity;
    }
  }
  return { values, shape };
}

/** Values of `[rows, features]`, NaN in the rows outside all ranges. */
function drawKeys(random: Random, rows: number, features: number, limit: number, ranges?: KeyRanges) {
  const values = random.values(rows * features, limit);
  if (!ranges) return values;
  const covered = new Set<number>();
  for (const [s, start] of ranges.starts.entries()) {
    for (let row = start; row < start + ranges.lengths[s]!; row++) covered.add(row);
  }
  for (let row = 0; row < rows; row++) {
    if (!covered.has(row)) values.fill(NaN, row * features, (row + 1) * features);
  }
  return values;
}

/** Places all operands: those of `attention`, `attentionScores` and `attentionContext`. */
export function placeAttention(on: Operands, p: AttentionParameters, values: AttentionValues) {
  const { heads, keyValueHeads, headDim, valueDim, strided } = p;
  const { ranges, bias } = values;
  const [queryOffsets, keyOffsets] = [offsetsOf(p.queries), offsetsOf(p.keys ?? p.queries)];
  const keyRows = ranges?.rows ?? keyOffsets.at(-1)!;
  const q: Tensor = on.matrix(values.q, queryOffsets.at(-1)!, heads * headDim, strided);
  const k: Tensor = on.matrix(values.k, keyRows, keyValueHeads * headDim, strided);
  const v: Tensor = on.matrix(values.v, keyRows, keyValueHeads * valueDim, strided);
  const options: AttentionOptions = {
    heads,
    keyValueHeads,
    queryOffsets,
    ...(ranges ? { keyRanges: ranges } : p.keys ? { keyOffsets } : {}),
    ...(p.causal === undefined ? {} : { causal: p.causal }),
    ...(p.window === undefined ? {} : { window: p.window }),
    ...(p.starts === undefined ? {} : { queryStarts: Int32Array.from(p.starts) }),
    ...(p.softCap === undefined ? {} : { softCap: p.softCap }),
    ...(p.scale === undefined ? {} : { scale: p.scale }),
    ...(bias ? { bias: on.tensor(bias.values, bias.shape) } : {}),
  };
  return { q, k, v, options };
}

export const attention = operation<AttentionParameters, AttentionValues>({
  name: 'attention',
  values(p, random) {
    const keys = p.keys ?? p.queries;
    const ranges = p.ranges && drawRanges(random, keys, p.ranges);
    const rows = ranges?.rows ?? offsetsOf(keys).at(-1)!;
    const v = drawKeys(random, rows, p.keyValueHeads * p.valueDim, 1, ranges);
    if (p.broken) for (const i of v.keys()) if (random.chance(0.02)) v[i] = i % 2 === 0 ? NaN : Infinity;
    return {
      ranges,
      q: random.values(offsetsOf(p.queries).at(-1)! * p.heads * p.headDim, p.limit ?? 2),
      k: drawKeys(random, rows, p.keyValueHeads * p.headDim, 2, ranges),
      v,
      bias: p.bias && drawBias(random, p),
    };
  },
  prepare(on, parameters, values) {
    const { q, k, v, options } = placeAttention(on, parameters, values);
    return () => [on.backend.attention(q, k, v, options)];
  },
});
