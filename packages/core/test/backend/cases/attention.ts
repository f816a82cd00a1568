import type { AttentionOptions, Tensor } from '../../../src/backend/index.ts';
import { type Case, testCase } from '../lib/case.ts';
import { ONE_OPERATION, type Tolerance } from '../lib/compare.ts';
import type { Inputs } from '../lib/inputs.ts';

/** What a bias hides with −∞: single keys, all keys of some queries, or everything. */
export type Hidden = 'nothing' | 'keys' | 'queries' | 'everything';

export interface AttentionParameters {
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headDim: number;
  readonly valueDim: number;
  /** Tokens of each sequence. */
  readonly queries: readonly number[];
  /** Default: those of the queries. */
  readonly keys?: readonly number[];
  /** Give keys as ranges of more rows than they need: apart from one another and out of order, or overlapping. */
  readonly ranges?: 'apart' | 'overlapping';
  readonly causal?: boolean;
  readonly window?: number;
  readonly scale?: number;
  /** Which axes of the bias are whole; the others have size 1. */
  readonly bias?: { batch: boolean; head: boolean; query: boolean; hidden: Hidden };
  /** Queries, keys and values are views of something wider, as the columns of one projection are. */
  readonly strided?: boolean;
  /** Largest value of the queries. Default 2, which spreads the scores over ±8 or so. */
  readonly sharpness?: number;
  readonly seed: number;
}

export function offsetsOf(lengths: readonly number[]): Int32Array {
  const offsets = new Int32Array(lengths.length + 1);
  for (const [s, length] of lengths.entries()) offsets[s + 1] = offsets[s]! + length;
  return offsets;
}

/** Scores of size s are known to about s · 2⁻²⁴ times the few roundings of a dot product, and a weight moves by as much. */
function toleranceOf({ sharpness = 2 }: AttentionParameters): Tolerance {
  return sharpness <= 2 ? ONE_OPERATION : { absolute: 1e-5 + sharpness * 1e-6, relative: 1e-5 };
}

/** The arguments of an attention. Bias values that belong to no token are NaN, since nothing may read them. */
export function makeAttention(inputs: Inputs, p: AttentionParameters) {
  const { random } = inputs;
  const [queryOffsets, keyOffsets] = [offsetsOf(p.queries), offsetsOf(p.keys ?? p.queries)];
  const ranges = p.ranges && makeRanges(inputs, p.keys ?? p.queries, p.ranges);
  const matrix = (rows: number, features: number, limit: number): Tensor =>
    inputs.matrix(random.values(rows * features, limit), rows, features, p.strided ?? false);
  const cached = (features: number, limit: number): Tensor => {
    if (!ranges) return matrix(keyOffsets.at(-1)!, features, limit);
    const values = random.values(ranges.rows * features, limit);
    for (let row = 0; row < ranges.rows; row++) {
      // Nothing may look at a row that no range covers.
      if (!ranges.covered.has(row)) values.fill(NaN, row * features, (row + 1) * features);
    }
    return inputs.matrix(values, ranges.rows, features, p.strided ?? false);
  };
  const q = matrix(queryOffsets.at(-1)!, p.heads * p.headDim, p.sharpness ?? 2);
  const k = cached(p.keyValueHeads * p.headDim, 2);
  const v = cached(p.keyValueHeads * p.valueDim, 1);
  const options: AttentionOptions = {
    heads: p.heads,
    keyValueHeads: p.keyValueHeads,
    queryOffsets,
    ...(ranges ? { keyRanges: ranges } : p.keys ? { keyOffsets } : {}),
    ...(p.causal === undefined ? {} : { causal: p.causal }),
    ...(p.window === undefined ? {} : { window: p.window }),
    ...(p.scale === undefined ? {} : { scale: p.scale }),
    ...(p.bias ? { bias: makeBias(inputs, p) } : {}),
  };
  return { q, k, v, options };
}

/** Where the keys of each sequence lie: the last sequence's first with gaps between them, or anywhere. */
function makeRanges({ random }: Inputs, lengths: readonly number[], kind: 'apart' | 'overlapping') {
  const starts = new Int32Array(lengths.length);
  const longest = Math.max(0, ...lengths);
  let rows = 2;
  for (let s = lengths.length - 1; s >= 0; s--) {
    if (kind === 'overlapping') {
      starts[s] = random.integer(0, 5);
      rows = longest + 6;
    } else {
      starts[s] = rows;
      rows += lengths[s]! + random.integer(0, 3);
    }
  }
  const covered = new Set<number>();
  for (const [s, length] of lengths.entries()) {
    for (let row = starts[s]!; row < starts[s]! + length; row++) covered.add(row);
  }
  return { starts, lengths: Int32Array.from(lengths), rows, covered };
}

function makeBias(inputs: Inputs, p: AttentionParameters): Tensor {
  const { random } = inputs;
  const { batch, head, query, hidden } = p.bias!;
  const keys = p.keys ?? p.queries;
  const width = Math.max(0, ...keys);
  const shape = [
    batch ? p.queries.length : 1,
    head ? p.heads : 1,
    query ? Math.max(0, ...p.queries) : 1,
    width,
  ] as const;
  const [b, h, r] = shape;
  const values = random.values(b * h * r * width);
  for (let row = 0; row < b * h * r; row++) {
    const emptied = hidden === 'everything' || (hidden === 'queries' && random.chance(0.4));
    const tokens = batch ? keys[Math.floor(row / (h * r))]! : width;
    for (let key = 0; key < width; key++) {
      if (key >= tokens) values[row * width + key] = NaN;
      else if (emptied || (hidden === 'keys' && random.chance(0.4))) values[row * width + key] = -Infinity;
    }
  }
  return inputs.tensor(values, shape);
}

export function attention(parameters: AttentionParameters): Case {
  return testCase('attention', parameters, toleranceOf(parameters), (inputs, p) => {
    const { q, k, v, options } = makeAttention(inputs, p);
    return [inputs.backend.read(inputs.backend.attention(q, k, v, options))];
  });
}

/** Heads to look at: all in reverse, or every second one. */
function chosen(heads: number, seed: number): number[] {
  const all = Array.from({ length: heads }, (_, head) => heads - 1 - head);
  return seed % 2 === 0 ? all : all.filter((head) => head % 2 === 0);
}

export function attentionScores(parameters: AttentionParameters): Case {
  return testCase('attentionScores', parameters, toleranceOf(parameters), (inputs, p) => {
    const { q, k, options } = makeAttention(inputs, p);
    return [inputs.backend.read(inputs.backend.attentionScores(q, k, options, chosen(p.heads, p.seed)))];
  });
}

/** Context from weights that are given; those that belong to no token are NaN, and the other heads' columns must stay. */
export function attentionContext(parameters: AttentionParameters): Case {
  return testCase('attentionContext', parameters, toleranceOf(parameters), (inputs, p) => {
    const { backend, random } = inputs;
    const { v, options } = makeAttention(inputs, p);
    const keys = p.keys ?? p.queries;
    const [longestQuery, longestKey] = [Math.max(0, ...p.queries), Math.max(0, ...keys)];
    const only = chosen(p.heads, p.seed);
    const shape = [p.queries.length, only.length, longestQuery, longestKey];
    const weights = random.values(shape.reduce((product, size) => product * size, 1));
    for (const index of weights.keys()) {
      const [row, key] = [Math.floor(index / longestKey), index % longestKey];
      const sequence = Math.floor(row / longestQuery / only.length);
      if (row % longestQuery >= p.queries[sequence]! || key >= keys[sequence]!) weights[index] = NaN;
      // As softmax would leave them: the sum over many keys stays of order 1.
      else weights[index] = weights[index]! / Math.sqrt(longestKey);
    }
    const rows = offsetsOf(p.queries).at(-1)!;
    const width = p.heads * p.valueDim;
    const whole = backend.tensor(new Float32Array(rows * (width + 5)).fill(7), [rows, width + 5]);
    const context = backend.columns(whole, 2, 2 + width);
    backend.attentionContext(inputs.tensor(weights, shape), v, options, only, context);
    return [backend.read(whole)];
  });
}

/** The way that shows its weights comes to the same as the one that never holds them. */
export function attentionInSteps(parameters: AttentionParameters): Case {
  return testCase('attention in steps', parameters, toleranceOf(parameters), (inputs, p) => {
    const { backend } = inputs;
    const { q, k, v, options } = makeAttention(inputs, p);
    const all = Array.from({ length: p.heads }, (_, head) => head);
    const weights = backend.softmax(backend.attentionScores(q, k, options, all));
    const context = backend.zeros([offsetsOf(p.queries).at(-1)!, p.heads * p.valueDim]);
    backend.attentionContext(weights, v, options, all, context);
    const streamed = backend.read(backend.attention(q, k, v, options));
    // In the reference backend both are one thing, so each is compared with it.
    return [backend.read(context), streamed, backend.read(weights)];
  });
}
