import { type Masked, Random } from '../../operations/index.ts';
import type { Case } from '../lib/case.ts';
import {
  type AttentionCase,
  attention,
  attentionContext,
  attentionInSteps,
  attentionScores,
} from './attention.ts';

/**
 * Lengths below, at and above the tile (5 and 6 rows), the panel (8), the block of queries of `attentionScores` (160 and 192) and the block of
 * keys (256).
 */
const LENGTHS = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 15, 16, 17, 23, 31, 32, 33, 40, 47, 61, 64, 67, 95, 96, 97, 127,
  159, 160, 161, 191, 192, 193, 255, 256, 257, 300,
];
const CROSS = [0, 1, 2, 5, 6, 8, 13, 33, 97, 161, 193, 257, 300];
const MASKED: readonly Masked[] = ['nothing', 'keys', 'queries', 'everything'];

const small = { heads: 2, keyValueHeads: 2, headDim: 5, valueDim: 5 };

function lengths(): Case[] {
  return LENGTHS.flatMap((length, i) => {
    const p = { ...small, queries: [length], seed: i };
    return [
      attention(p),
      attention({ ...p, causal: true }),
      attention({ ...p, window: 7 }),
      attention({ ...p, causal: true, window: 100, keyValueHeads: 1 }),
      attention({ ...p, bias: { batch: true, head: true, query: true, masked: 'keys' } }),
      attentionScores({ ...p, causal: i % 2 === 0, window: 1 + i }),
      attentionContext(p),
      attentionInSteps({ ...p, causal: i % 2 === 1 }),
    ];
  });
}

function crossAttention(): Case[] {
  return CROSS.flatMap((queries, i) =>
    CROSS.flatMap((keys, j) => {
      const p = { ...small, heads: 1, keyValueHeads: 1, queries: [queries], keys: [keys], seed: i * 13 + j };
      return [
        attention(p),
        attention({ ...p, causal: true }),
        attention({ ...p, window: 1 + ((i * j) % 40), causal: (i + j) % 2 === 0 }),
        attentionScores({ ...p, causal: true, window: 30 }),
      ];
    }),
  );
}

/** Queries below, at and above one to eight tiles of 5 and of 6 rows. */
const TILES = [3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 18, 19, 23, 24, 25, 30, 31, 36, 40, 48, 49];
/** Keys below, at and above the panel and one and two blocks. */
const PANELS = [1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 65, 255, 256, 257, 300, 512, 513];

/** The keys that a mask hides from all queries of a tile: after a position, before a window, and at the ends of a bias. */
function tiles(): Case[] {
  return TILES.flatMap((queries, i) =>
    PANELS.flatMap((keys, j) => {
      const seed = i * PANELS.length + j;
      // 16 query heads per key-value head do not take the path for few queries.
      const heads = queries <= 8 ? 16 : 1 + (seed % 2);
      const p = {
        heads,
        keyValueHeads: queries <= 8 ? 1 : heads,
        headDim: 1 + (seed % 9),
        valueDim: 1 + ((3 * seed) % 17),
        queries: [queries],
        keys: [keys],
        seed,
      };
      const start = [0, -2, 3, keys - queries, keys + 9][seed % 5]!;
      const bias = { batch: false, head: seed % 3 === 0, query: seed % 2 === 0, masked: 'ends' } as const;
      return [
        attention({ ...p, causal: true }),
        attention({ ...p, causal: true, starts: [0] }),
        attention({ ...p, window: [(5 * i) % 23, (7 * j) % 19], starts: [start], broken: seed % 3 === 0 }),
        attention({ ...p, bias, causal: seed % 4 === 0, broken: seed % 5 === 0 }),
      ];
    }),
  );
}

/** Rows (query × head of a group) below, at and above those for which keys and values are packed once, 4,096. */
function manyRows(): Case[] {
  const shapes = [
    [4095, 1, 1],
    [4096, 1, 7],
    [4097, 1, 20],
    [1400, 3, 300],
    [9, 65, 33],
    [70, 130, 5],
  ] as const;
  return shapes.flatMap(([queries, heads, keys], seed) => {
    const p = { heads, keyValueHeads: 1, headDim: 3, valueDim: 2, queries: [queries], keys: [keys], seed };
    return [
      attention({ ...p, causal: true, starts: [10 - queries] }),
      attention({ ...p, window: [2, 5], starts: [0] }),
      attention({ ...p, bias: { batch: false, head: true, query: false, masked: 'ends' } }),
    ];
  });
}

/** Lengths below, at and above the groups of four and eight keys and the block of 64 keys of the path for few queries. */
const CACHED = [0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 63, 64, 65, 71, 72, 73, 127, 128, 129, 130, 200];

/** Few queries on many keys, as with a cache: from one query row per key-value head to more than one register block. */
function decoding(): Case[] {
  const shapes = [
    [1, 1],
    [2, 1],
    [3, 1],
    [5, 1],
    [8, 1],
    [9, 1],
    [1, 2],
    [1, 3],
    [2, 3],
    [1, 8],
    [2, 8],
    [3, 8],
    [1, 33],
    [2, 33],
    [1, 64],
    [1, 70],
  ] as const;
  return shapes.flatMap(([queries, group], i) =>
    CACHED.flatMap((keys, j) => {
      const seed = i * 100 + j;
      const keyValueHeads = group > 8 ? 1 + (j % 2) : 1 + (j % 5);
      const p = {
        heads: keyValueHeads * group,
        keyValueHeads,
        headDim: 1 + ((7 * seed) % 21),
        valueDim: 1 + ((5 * seed) % 19),
        queries: [queries],
        keys: [keys],
        strided: j % 3 === 0,
        seed,
      };
      return [
        attention({ ...p, causal: true }),
        attention({ ...p, window: 1 + ((3 * j) % 70), causal: j % 2 === 0, ranges: 'apart' }),
        attention({
          ...p,
          causal: true,
          bias: { batch: false, head: true, query: i % 2 === 0, masked: MASKED[seed % 4]! },
        }),
      ];
    }),
  );
}

/** Few queries with every number of heads and every head dimension up to 70. */
function decodingHeads(): Case[] {
  return Array.from({ length: 70 }, (_, i) => i + 1).flatMap((size) => {
    const p = { queries: [1, 2], keys: [19, 70], causal: true, seed: size };
    return [
      attention({ ...p, heads: size, keyValueHeads: size, headDim: 3, valueDim: 4 }),
      attention({ ...p, heads: 2, keyValueHeads: 2, headDim: size, valueDim: 71 - size, strided: true }),
      attention({ ...p, heads: 4, keyValueHeads: 2, headDim: size, valueDim: size, ranges: 'overlapping' }),
    ];
  });
}

function keyRanges(): Case[] {
  const batches = [
    { queries: [] as number[], keys: [] as number[] },
    { queries: [1], keys: [1] },
    { queries: [1, 1, 1], keys: [5, 70, 1] },
    { queries: [3, 0, 20], keys: [0, 4, 33] },
    { queries: [1, 30, 2], keys: [300, 30, 257] },
  ];
  return batches.flatMap((batch, i) =>
    (['apart', 'overlapping'] as const).flatMap((ranges, j) =>
      [false, true].flatMap((strided) => {
        const p = { ...small, ...batch, ranges, strided, causal: true, seed: 2 * i + j };
        return [
          attention(p),
          attention({ ...p, causal: false, bias: { batch: true, head: false, query: true, masked: 'keys' } }),
          attentionScores({ ...p, window: 9 }),
          attentionContext(p),
          attentionInSteps({ ...p, keyValueHeads: 1 }),
        ];
      }),
    ),
  );
}

/** Positions of the first query, windows with two sides, soft caps, and values that are not finite: both paths, below and above a block. */
function placed(): Case[] {
  const sizes = [
    [1, 5],
    [2, 70],
    [5, 3],
    [9, 14],
    [33, 70],
    [170, 300],
  ] as const;
  return sizes.flatMap(([queries, keys], i) =>
    [-3, 0, 2, keys].flatMap((start, j) => {
      const p = { ...small, queries: [queries, 3], keys: [keys, 4], starts: [start, 0], seed: 10 * i + j };
      return [
        attention({ ...p, causal: true }),
        attention({ ...p, causal: j % 2 === 0, window: [2, 5], softCap: 1.5, limit: 8 }),
        attention({ ...p, window: [Infinity, j], keyValueHeads: 1, softCap: 30 }),
        attention({
          ...p,
          causal: true,
          broken: true,
          bias: { batch: true, head: j % 2 === 0, query: true, masked: 'keys' },
        }),
        attention({ ...p, window: [4, 1], broken: true, softCap: 2 }),
        attentionScores({ ...p, causal: true, window: [20, 0], softCap: 2 }),
        attentionInSteps({ ...p, causal: true, softCap: 5, broken: true }),
      ];
    }),
  );
}

function headDims(): Case[] {
  return Array.from({ length: 80 }, (_, i) => i + 1).flatMap((headDim) => {
    const p = { heads: 2, keyValueHeads: 1, headDim, valueDim: headDim, queries: [9], seed: headDim };
    return [
      attention(p),
      attention({ ...p, valueDim: 81 - headDim, strided: true, keys: [14] }),
      attentionScores({ ...p, strided: true }),
      attentionContext({ ...p, strided: true }),
    ];
  });
}

function biases(): Case[] {
  const cases: Case[] = [];
  for (let bits = 0; bits < 8; bits++) {
    const axes = { batch: (bits & 1) !== 0, head: (bits & 2) !== 0, query: (bits & 4) !== 0 };
    for (const [i, masked] of MASKED.entries()) {
      for (const causal of [false, true]) {
        const p = { ...small, queries: [3, 7, 0, 5], causal, bias: { ...axes, masked }, seed: bits * 4 + i };
        cases.push(
          attention(p),
          attention({ ...p, keys: [4, 0, 9, 12] }),
          attention({ ...p, queries: [2, 20], keys: [270, 3], window: 258 }),
          attentionScores({ ...p, keys: [4, 9, 1, 12], window: 4 }),
          attentionInSteps({ ...p, keys: [6, 2, 5, 8] }),
        );
      }
    }
  }
  return cases;
}

/** Scores from −1000 to 1000, where a softmax without subtraction of the maximum overflows. */
function largeScores(): Case[] {
  return [20, 200].flatMap((limit) =>
    [3, 64, 300].flatMap((length, seed) => {
      const p = { ...small, queries: [length], limit, seed };
      return [attention(p), attention({ ...p, causal: true }), attentionScores(p)];
    }),
  );
}

function scales(): Case[] {
  return [0, 1, -0.5, 0.125, 1e-30].flatMap((scale, seed) => [
    attention({ ...small, queries: [6, 11], scale, seed }),
    attentionScores({ ...small, queries: [6, 11], scale, seed }),
  ]);
}

const SMALL = [0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 16, 17, 19, 24, 25, 31, 33];
const LARGE = [40, 47, 64, 65, 96, 97, 128, 160, 193, 256, 257, 300];
/** Limit of multiply-adds of one random case. */
const BUDGET = 100_000;

/** A random combination of all options. */
function randomCase(seed: number): AttentionCase {
  const random = new Random(seed);
  const length = () => random.pick(random.chance(0.06) ? LARGE : SMALL);
  const batch = random.pick([0, 1, 1, 1, 2, 3, 5]);
  const queries = Array.from({ length: batch }, length);
  const keys = random.chance(0.4) ? queries.map(length) : undefined;
  let keyValueHeads = random.pick([1, 1, 2, 3]);
  let group = random.pick([1, 1, 2, 4]);
  let headDim = random.integer(1, 80);
  let valueDim = random.chance(0.7) ? headDim : random.integer(1, 80);
  const pairs = queries.reduce((sum, count, s) => sum + count * (keys ?? queries)[s]!, 0);
  const cost = () => pairs * keyValueHeads * group * (headDim + valueDim);
  if (cost() > BUDGET) [keyValueHeads, group] = [1, random.pick([1, 2])];
  while (cost() > BUDGET && headDim + valueDim > 8) {
    [headDim, valueDim] = [Math.ceil(headDim / 2), Math.ceil(valueDim / 2)];
  }
  const bias = {
    batch: random.chance(0.5),
    head: random.chance(0.5),
    query: random.chance(0.5),
    masked: random.pick(MASKED),
  };
  return {
    heads: keyValueHeads * group,
    keyValueHeads,
    headDim,
    valueDim,
    queries,
    ...(keys ? { keys } : {}),
    ...(random.chance(0.5) ? { causal: random.chance(0.7) } : {}),
    ...(random.chance(0.3) ? { window: random.pick([1, 2, 3, 5, 8, 17, 64, 255, 1000]) } : {}),
    ...(random.chance(0.4) ? { bias } : {}),
    ...(random.chance(0.1) ? { scale: random.pick([0.1, 0.5, -0.25]) } : {}),
    ...(random.chance(0.2) ? { ranges: random.pick(['apart', 'overlapping'] as const) } : {}),
    strided: random.chance(0.4),
    seed,
  };
}

function combinations(count: number): Case[] {
  const kinds = [attention, attention, attention, attentionScores, attentionContext, attentionInSteps];
  return Array.from({ length: count }, (_, i) => kinds[i % kinds.length]!(randomCase(10_000 + i)));
}

export const attentionCases = {
  'attention: lengths': lengths(),
  'attention: cross attention': crossAttention(),
  'attention: positions, windows and soft caps': placed(),
  'attention: head dimensions': headDims(),
  'attention: tiles and what a mask hides from them': tiles(),
  'attention: many rows': manyRows(),
  'attention: few queries': decoding(),
  'attention: few queries, many heads': decodingHeads(),
  'attention: ranges of keys': keyRanges(),
  'attention: biases': biases(),
  'attention: large scores': largeScores(),
  'attention: scales': scales(),
  'attention: combinations': combinations(Number(process.env.HEADWISE_ATTENTION_CASES ?? 4000)),
};
