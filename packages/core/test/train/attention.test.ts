import { describe, it } from 'vitest';
import type { AttentionOptions } from '../../src/backend/backend.ts';
import { expectGradients, type Input, input } from '../helpers/gradients.ts';

interface Case {
  readonly name: string;
  readonly options: Omit<AttentionOptions, 'bias'>;
  readonly headDim: number;
  readonly valueDim?: number;
  /** Rows of keys. Default: the last offset. */
  readonly keys?: number;
  readonly bias?: Input;
}

const offsets = (...values: number[]) => Int32Array.from(values);

function masked(shape: readonly number[], hidden: (index: number) => boolean): Input {
  const bias = input(shape);
  return { ...bias, data: bias.data.map((value, i) => (hidden(i) ? -Infinity : value)), watched: false };
}

const cases: readonly Case[] = [
  { name: 'one query and key', options: { heads: 1, queryOffsets: offsets(0, 1) }, headDim: 1 },
  { name: 'two heads', options: { heads: 2, queryOffsets: offsets(0, 5) }, headDim: 4 },
  {
    name: 'several sequences, one of them empty',
    options: { heads: 2, queryOffsets: offsets(0, 3, 3, 7, 8) },
    headDim: 3,
  },
  { name: 'no sequences', options: { heads: 2, queryOffsets: offsets(0) }, headDim: 3 },
  {
    name: 'grouped heads',
    options: { heads: 4, keyValueHeads: 2, queryOffsets: offsets(0, 3, 7) },
    headDim: 5,
  },
  {
    name: 'one key-value head',
    options: { heads: 3, keyValueHeads: 1, queryOffsets: offsets(0, 4) },
    headDim: 4,
    valueDim: 2,
  },
  {
    name: 'causal mask and grouped heads',
    options: { heads: 4, keyValueHeads: 2, queryOffsets: offsets(0, 5, 6), causal: true },
    headDim: 4,
  },
  {
    name: 'causal mask with earlier keys',
    options: {
      heads: 2,
      queryOffsets: offsets(0, 2, 5),
      keyOffsets: offsets(0, 5, 9),
      causal: true,
    },
    headDim: 4,
    keys: 9,
  },
  {
    name: 'causal mask with more queries than keys: queries without keys',
    options: {
      heads: 2,
      queryOffsets: offsets(0, 4),
      keyOffsets: offsets(0, 2),
      causal: true,
    },
    headDim: 4,
    keys: 2,
  },
  {
    name: 'a window',
    options: { heads: 2, queryOffsets: offsets(0, 7), window: 2 },
    headDim: 4,
  },
  {
    name: 'a causal window',
    options: { heads: 2, queryOffsets: offsets(0, 7, 9), window: 3, causal: true },
    headDim: 4,
  },
  {
    name: 'a soft cap and a bias',
    options: { heads: 4, keyValueHeads: 2, queryOffsets: offsets(0, 5), softCap: 0.8, causal: true },
    headDim: 4,
    bias: input([1, 4, 5, 5]),
  },
  {
    name: 'positions of the first queries, with a window of two sides',
    options: {
      heads: 2,
      queryOffsets: offsets(0, 3, 7),
      keyOffsets: offsets(0, 6, 8),
      queryStarts: offsets(0, -1),
      window: [2, 1],
    },
    headDim: 4,
    keys: 8,
  },
  {
    name: 'no keys',
    options: { heads: 2, queryOffsets: offsets(0, 2), keyOffsets: offsets(0, 0) },
    headDim: 4,
    keys: 0,
  },
  {
    name: 'a scale and values of another width',
    options: { heads: 2, queryOffsets: offsets(0, 4), scale: 1.3 },
    headDim: 3,
    valueDim: 5,
  },
  {
    name: 'the ranges of a key-value cache',
    options: {
      heads: 4,
      keyValueHeads: 2,
      queryOffsets: offsets(0, 2, 3),
      keyRanges: { starts: offsets(8, 0), lengths: offsets(4, 3) },
      causal: true,
    },
    headDim: 4,
    keys: 16,
  },
  {
    name: 'a prefix that two sequences share',
    options: {
      heads: 2,
      queryOffsets: offsets(0, 2, 4),
      keyRanges: { starts: offsets(1, 1), lengths: offsets(3, 4) },
    },
    headDim: 4,
    keys: 6,
  },
  {
    name: 'sizes of a tile of the kernel',
    options: { heads: 2, queryOffsets: offsets(0, 17), causal: true },
    headDim: 8,
  },
  {
    name: 'a bias of each sequence, head and query',
    options: { heads: 2, queryOffsets: offsets(0, 3, 5) },
    headDim: 4,
    bias: input([2, 2, 3, 3]),
  },
  {
    name: 'a bias shared by sequences, heads and queries',
    options: { heads: 2, queryOffsets: offsets(0, 3, 5) },
    headDim: 4,
    bias: input([1, 1, 1, 3]),
  },
  {
    name: 'a bias of each head and query, grouped heads and a causal mask',
    options: { heads: 4, keyValueHeads: 2, queryOffsets: offsets(0, 4), causal: true },
    headDim: 4,
    bias: input([1, 4, 4, 4]),
  },
  {
    name: 'a bias with −∞ and a query without visible keys',
    options: { heads: 2, queryOffsets: offsets(0, 3, 5) },
    headDim: 4,
    bias: masked([1, 1, 3, 3], (i) => i === 0 || (i >= 3 && i < 6)),
  },
];

function inputsOf({ options, headDim, valueDim = headDim, keys, bias }: Case): Input[] {
  const { heads, keyValueHeads = heads, queryOffsets } = options;
  const queries = queryOffsets.at(-1)!;
  return [
    input([queries, heads * headDim]),
    input([keys ?? queries, keyValueHeads * headDim]),
    input([keys ?? queries, keyValueHeads * valueDim]),
    ...(bias ? [bias] : []),
  ];
}

describe('attention', () => {
  for (const test of cases) {
    it(`has the gradients of queries, keys, values and bias with ${test.name}`, () =>
      expectGradients(
        (b, [q, k, v, bias]) => [b.attention(q!, k!, v!, { ...test.options, ...(bias && { bias }) })],
        ...inputsOf(test),
      ));
  }
  it('has the gradients of queries, keys and values that are columns of one tensor', () =>
    expectGradients(
      (b, [x]) => [
        b.attention(b.columns(x!, 0, 8), b.columns(x!, 8, 12), b.columns(x!, 12, 16), {
          heads: 2,
          keyValueHeads: 1,
          queryOffsets: offsets(0, 3, 5),
          causal: true,
        }),
      ],
      input([5, 16]),
    ));
  it('has the gradients of keys and values that were written to a cache', () =>
    expectGradients(
      (b, [q, k, v]) => {
        const [keys, values] = [b.zeros([12, 4]), b.zeros([12, 4])];
        b.assign(b.rows(keys, 6, 9), k!);
        b.assign(b.rows(values, 6, 9), v!);
        const options = {
          heads: 2,
          queryOffsets: offsets(0, 3),
          keyRanges: { starts: offsets(6), lengths: offsets(3) },
          causal: true,
        };
        const first = b.attention(q!, keys, values, options);
        b.assign(b.rows(keys, 7, 8), b.rows(q!, 0, 1));
        return [first, b.attention(q!, keys, values, options)];
      },
      input([3, 4]),
      input([3, 4]),
      input([3, 4]),
    ));
});

describe('attentionScores and attentionContext', () => {
  for (const test of cases) {
    it(`have the gradients with ${test.name}`, () => {
      const { options } = test;
      const all = Array.from({ length: options.heads }, (_, head) => head).reverse();
      return expectGradients(
        (b, [q, k, v, bias]) => {
          const given = { ...options, ...(bias && { bias }) };
          const scores = b.attentionScores(q!, k!, given, all);
          const context = b.zeros([
            q!.shape[0]!,
            (v!.shape[1]! * options.heads) / (options.keyValueHeads ?? options.heads),
          ]);
          b.attentionContext(b.softmax(scores), v!, given, all, context);
          return [context];
        },
        ...inputsOf(test),
      );
    });
  }
  it('have the gradients of some heads, which overwrite the columns of a fused attention', () =>
    expectGradients(
      (b, [q, k, v]) => {
        const options = { heads: 3, queryOffsets: offsets(0, 2, 5) };
        const context = b.attention(q!, k!, v!, options);
        const weights = b.softmax(b.attentionScores(q!, k!, options, [2, 0]));
        b.attentionContext(b.scale(weights, 0.5), v!, options, [2, 0], context);
        return [context];
      },
      input([5, 6]),
      input([5, 6]),
      input([5, 6]),
    ));
  it('attentionScores has the gradients by itself', () =>
    expectGradients(
      (b, [q, k]) => [
        b.attentionScores(q!, k!, { heads: 2, queryOffsets: offsets(0, 2, 5), causal: true }, [1]),
      ],
      input([5, 6]),
      input([5, 6]),
    ));
});
